// In which deployment each migration may run.
#pragma once

#include "cli/deployment/migration_check.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli {

// A row for each migration that is not deployed; empty when there is none.
std::string migration_steps_text(const MigrationCheck& check);
nlohmann::ordered_json migration_steps_json(const MigrationCheck& check);

}  // namespace teal::cli
