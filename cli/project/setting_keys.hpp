// Every key of teal.toml and every environment variable, what each takes, and where it goes.
#pragma once

#include "cli/project/setting_value.hpp"
#include "cli/project/settings.hpp"

namespace teal::cli {

// Throws Error (wrong input) for an unknown key, with a suggestion, or a value it does not take.
// REQUIRES: settings.directory is known; paths in the file are relative to it.
void apply_from_file(Settings& settings, const SettingValue& value);

// All the variables that are set and not empty. Throws as above.
void apply_environment(Settings& settings);

}  // namespace teal::cli
