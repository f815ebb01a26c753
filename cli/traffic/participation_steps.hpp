// Holdout and layer, explained: the same functions as in nginx, and what came of them.
#pragma once

#include "cli/traffic/explanation.hpp"

namespace teal::cli {

// Adds a step for each rule that was asked. `key`: the visitor's, none when he has none.
table::Absence explain_participation(const NginxRules& rules, const std::optional<std::string>& key,
                                     std::vector<Step>& steps);

}  // namespace teal::cli
