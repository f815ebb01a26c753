#include "cli/suggestion.hpp"

#include <algorithm>
#include <cstddef>

namespace teal::cli {
namespace {

constexpr std::size_t kMostListed = 12;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Edits (insert, remove, replace, swap of neighbours) between two words, ignoring case: optimal
// string alignment, https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0u : 1u)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const bool begun = word.size() >= 2 && candidate.starts_with(word);
        const std::size_t apart = begun ? 1 : distance(word, candidate);
        // Everything replaced is no likeness: "a" is not a misspelt "b".
        if (apart < best_distance && apart < std::max(word.size(), candidate.size())) {
            best = candidate;
            best_distance = apart;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string best = nearest(word, candidates);
    return best.empty() ? "" : " (did you mean \"" + best + "\"?)";
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size() && i < kMostListed; ++i) {
        text += (i == 0 ? "" : ", ") + words[i];
    }
    if (words.size() > kMostListed) {
        text += " and " + std::to_string(words.size() - kMostListed) + " more";
    }
    return text;
}

}  // namespace teal::cli
