// What `teal init` proposes for a project, for people and for programs.
#pragma once

#include "cli/proposal/project_start.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli {

std::string project_start_text(const ProjectStart& start);
nlohmann::ordered_json project_start_json(const ProjectStart& start);

}  // namespace teal::cli
