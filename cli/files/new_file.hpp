// A file that must not replace another.
#pragma once

#include <filesystem>
#include <string>

namespace teal::cli {

// Whole or not at all; it belongs to whom the directory belongs to, also when root makes it. False
// when there is something of that name. Throws Error.
bool write_new_file(const std::filesystem::path& file, const std::string& text);

}  // namespace teal::cli
