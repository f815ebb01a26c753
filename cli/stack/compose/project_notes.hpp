// What two colors of one project do differently from the project as it is written: told in `plan`.
#pragma once

#include "cli/stack/definition.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace teal::cli::compose {

std::vector<std::string> notes_on(const nlohmann::json& project, const StackDefinition& stack);

}  // namespace teal::cli::compose
