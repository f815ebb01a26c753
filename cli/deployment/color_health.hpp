// The health of what is deployed: of the color that serves, with the shared services, and of a
// standby that waits for its switch.
#pragma once

#include "cli/deployment/deployed_colors.hpp"
#include "cli/health/health_report.hpp"
#include "cli/stack/stack.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct ColorHealth {
    Color color = Color::blue;
    std::string role;      // "serving", "standby"
    bool decides = false;  // whether the check as a whole is good
    HealthReport report;
};

struct DeploymentHealth {
    std::vector<ColorHealth> colors;  // the one that decides first
    std::vector<std::string> remarks;

    bool healthy() const;
};

// `asked`: that color alone; nothing: the one that serves decides, and a standby that runs or has
// endpoints is shown too. Throws Error (nothing there) when nothing is deployed.
DeploymentHealth check_deployment(const Settings& settings, Stack& stack,
                                  const std::optional<Color>& asked);

}  // namespace teal::cli
