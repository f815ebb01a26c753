// The dry run: what a rolling update would do, asked of docker and files, with nothing written.
#include "cli/deployment/deployed_colors.hpp"
#include "cli/error.hpp"
#include "cli/rolling/rolling.hpp"
#include "cli/rolling/settle.hpp"

namespace teal::cli {

RollingOutcome plan_rolling(const Settings& settings, Stack& stack, const RollingOptions& options) {
    const DeployedColors deployed = find_deployed(settings);
    if (!deployed.active || !deployed.of(*deployed.active).snapshot) {
        throw nothing_there(
            "nothing serves yet that could be updated" +
                (deployed.table_problem.empty() ? std::string() : "; " + deployed.table_problem),
            "deploy it first: teal upgrade perform");
    }
    const Records records(settings.deployment_directory);
    RollingOutcome plan;
    plan.color = *deployed.active;
    plan.from = deployed.of(plan.color).snapshot->id;
    const std::optional<RunRecord> unfinished = unfinished_run(records, plan.color);
    if (options.carry_on && !unfinished) {
        throw nothing_there("there is no rolling update to carry on",
                            "begin one: teal upgrade rolling");
    }
    plan.record.state = RunState::done;
    if (unfinished) {
        plan.record = *unfinished;
    }
    // A name that no snapshot has: nothing is pinned under it.
    const std::string id = std::string(name_of(plan.color)) + "-planned";
    const auto replacing =
        stack.replacing(plan.color, records.snapshots.ref(plan.from), records.snapshots.ref(id),
                        stack.snapshot_files(plan.color, id));
    const std::vector<std::string>& asked =
        options.carry_on && options.services.empty() ? unfinished->asked : options.services;
    plan.order = order_services(stack.definition(), replacing->compare(), asked, options.force);
    return plan;
}

}  // namespace teal::cli
