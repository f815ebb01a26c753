// teal.toml as a flat list of settings. The one place that sees the TOML library: its header takes
// seconds to compile.
#pragma once

#include "cli/project/setting_value.hpp"

#include <filesystem>
#include <vector>

namespace teal::cli {

// In no particular order. An empty table is a setting of no value: it is left out. Throws Error
// (wrong input) with file and line for text that is not TOML, Error when it cannot be read.
std::vector<SettingValue> read_toml(const std::filesystem::path& file);

}  // namespace teal::cli
