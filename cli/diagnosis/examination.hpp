// Everything `teal doctor` looks at, in the order it is told: the machine, the project, the
// traffic. What stands in the way of a deployment is preflight's; the rest is asked here.
#pragma once

#include "cli/diagnosis/finding.hpp"
#include "cli/project/settings.hpp"

#include <string>

namespace teal::cli {

struct DoctorRequest {
    ProjectOptions project{};
    std::string nginx_module{};  // empty: where nginx looks for it
};

struct Diagnosis {
    Findings findings{};
    std::string project_directory{};  // empty: there is no project here
};

// Takes what `docker info` and `docker compose config` take, less than a second. Throws Error
// (wrong input) only for a directory that is none; whatever else is wrong is a finding.
Diagnosis diagnose(const DoctorRequest& request);

}  // namespace teal::cli
