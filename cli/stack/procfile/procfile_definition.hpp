// What a Procfile and teal.toml say a stack consists of.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/definition.hpp"

#include <filesystem>
#include <string>

namespace teal::cli {

// Throws Error (wrong input) for what the files say wrong, apart and together.
StackDefinition procfile_definition(const Settings& settings, const std::string& procfile_text,
                                    const std::string& environment_text);

}  // namespace teal::cli
