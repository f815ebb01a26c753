// "Did you mean …?" for words that nobody knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace teal::cli {

// The candidate that is nearest to the word, or empty when none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// " (did you mean \"green\"?)", or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// "blue, green, red"; long lists are cut, with the number of those left out.
std::string listed(const std::vector<std::string>& words);

}  // namespace teal::cli
