// The health check of a deployment, for some instances of one service.
#include "cli/deployment/failure_lines.hpp"
#include "cli/error.hpp"
#include "cli/health/health_check.hpp"
#include "cli/rolling/beside_step.hpp"

#include <algorithm>
#include <map>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// One that nothing is known of but that it runs has to go on for so long.
constexpr auto kProof = milliseconds(1500);
constexpr auto kProofLookEvery = milliseconds(250);

// What these instances are by now: one that is gone is missing, not forgotten.
std::vector<Instance> now_of(RollingRun& run, const PlannedStep& step,
                             const std::vector<Instance>& instances) {
    std::map<std::string, Instance> by_id;
    for (VersionedInstance& found : run.replacing.instances(step.service)) {
        by_id[found.instance.id] = std::move(found.instance);
    }
    std::vector<Instance> now;
    for (const Instance& instance : instances) {
        const auto found = by_id.find(instance.id);
        if (found != by_id.end()) {
            now.push_back(found->second);
            continue;
        }
        now.push_back(instance);
        now.back().state = InstanceState::missing;
        now.back().detail = "gone";
        now.back().healthy = false;
    }
    return now;
}

bool proves_itself(const Instance& instance) {
    return instance.detail == "healthy" || !instance.address.empty();
}

void demand_lasting(RollingRun& run, const PlannedStep& step,
                    const std::vector<Instance>& instances) {
    const auto until = steady_clock::now() + kProof;
    while (steady_clock::now() < until) {
        std::this_thread::sleep_for(kProofLookEvery);
        for (const Instance& now : now_of(run, step, instances)) {
            const bool lost = now.state != InstanceState::running || now.restarts > 0;
            if (lost) {
                throw Error(ExitCode::deployment_failed,
                            now.name + " started and " +
                                (now.restarts > 0 ? "was started again" : now.detail) + ":\n" +
                                run.job.stack.last_lines(now, 20),
                            "teal logs " + step.service);
            }
        }
    }
}

}  // namespace

void await_healthy(RollingRun& run, const PlannedStep& step, Version version,
                   const std::vector<Instance>& instances) {
    if (run.options.skip_health) {
        return;
    }
    run.job.progress.note("(wait for health check)");
    HealthOptions health;
    health.timeout_s = run.options.health_timeout_s;
    health.interval_s = run.options.health_interval_s;
    health.successes = run.job.settings.health_successes;
    health.definition = &run.definition(version);
    health.instances = [&] { return now_of(run, step, instances); };
    const HealthReport report =
        wait_until_healthy(run.job.stack, run.record.color, health, run.job.progress);
    if (!report.healthy) {
        tell_failures(report, run.job.progress);
        throw Error(ExitCode::deployment_failed, report.problem,
                    "teal logs " + step.service + ", or a longer --timeout");
    }
    const std::vector<Instance> now = now_of(run, step, instances);
    if (step.means != Means::job && !std::all_of(now.begin(), now.end(), proves_itself)) {
        demand_lasting(run, step, instances);
    }
}

}  // namespace teal::cli
