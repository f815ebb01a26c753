// What became of the variables of an `.env`, as text and as JSON. Values are in neither.
#pragma once

#include "cli/project/env_file.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace teal::cli {

std::string env_change_text(const std::filesystem::path& file,
                            const std::vector<DotenvChange>& asked, const EnvFileChange& change,
                            bool dry_run);
nlohmann::ordered_json env_change_json(const std::filesystem::path& file,
                                       const std::vector<DotenvChange>& asked,
                                       const EnvFileChange& change, bool dry_run);

}  // namespace teal::cli
