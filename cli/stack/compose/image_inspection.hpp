// What docker knows of images.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace teal::cli::compose {

struct ImageFacts {
    std::string id;
    std::vector<std::string> digests{};
    std::uint64_t bytes = 0;
};

// By the names asked for; those that are not here are left out. REQUIRES: one name in any form that
// docker takes, or several that are as docker writes them (whole tags, ids, digests).
// Throws Error when docker itself cannot be asked.
std::map<std::string, ImageFacts> inspect_images(const std::vector<std::string>& names);

}  // namespace teal::cli::compose
