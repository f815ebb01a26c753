// What `teal upgrade check` found, for people and for programs.
#pragma once

#include "cli/updates/updates.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli {

std::string updates_text(const Updates& updates);
nlohmann::ordered_json updates_json(const Updates& updates);

}  // namespace teal::cli
