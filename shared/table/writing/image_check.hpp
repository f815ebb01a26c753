// The last look at an image before it is published: what the file cannot hold, or what a reader
// would refuse, must never reach it, because readers would fall back to their default variants.
#pragma once

#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <string>

namespace teal::table {

// Throws PublishError naming `path`, the split and what is wrong with it: too many splits, variants
// or endpoints, a name that is none or is used twice, weights that the ring was not cut to.
void check_image(const std::string& path, const TableImage& image, std::uint32_t split_capacity);

}  // namespace teal::table
