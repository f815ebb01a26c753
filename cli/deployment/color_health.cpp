#include "cli/deployment/color_health.hpp"

#include "cli/error.hpp"
#include "cli/health/health_check.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

ColorHealth check_color(Stack& stack, const DeployedColors& deployed, Color color,
                        WithShared shared, std::vector<std::string>& remarks) {
    ColorHealth health{color, deployed.role_of(color), false, {}};
    const std::optional<SnapshotMetadata>& snapshot = deployed.of(color).snapshot;
    const StackDefinition definition =
        snapshot ? definition_of(*snapshot, stack, remarks) : stack.definition();
    health.report = check_health(stack, definition, color, shared);
    return health;
}

// A standby that was cleaned up has a snapshot, and maybe containers that ended: nobody waits for
// it.
bool is_there(const ColorHealth& standby, const DeployedColors& deployed) {
    const auto& instances = standby.report.instances;
    return deployed.of(standby.color).in_table() ||
           std::any_of(instances.begin(), instances.end(), [](const InstanceHealth& one) {
               return one.instance.state == InstanceState::running ||
                      one.instance.state == InstanceState::starting;
           });
}

}  // namespace

bool DeploymentHealth::healthy() const {
    return std::all_of(colors.begin(), colors.end(), [](const ColorHealth& color) {
        return !color.decides || color.report.healthy;
    });
}

DeploymentHealth check_deployment(const Settings& settings, Stack& stack,
                                  const std::optional<Color>& asked) {
    const DeployedColors deployed = find_deployed(settings);
    const Color chosen = deployed.chosen(asked);
    DeploymentHealth health{{}, deployed.remarks};
    health.colors.push_back(check_color(stack, deployed, chosen, WithShared::yes, health.remarks));
    health.colors.back().decides = true;
    if (!asked && deployed.of(other(chosen)).snapshot) {
        std::vector<std::string> said_already;
        ColorHealth standby =
            check_color(stack, deployed, other(chosen), WithShared::no, said_already);
        if (is_there(standby, deployed)) {
            health.colors.push_back(std::move(standby));
        }
    }
    return health;
}

}  // namespace teal::cli
