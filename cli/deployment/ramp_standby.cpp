#include "cli/deployment/ramp_standby.hpp"

#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/ramp/ramp_driver.hpp"
#include "cli/ramp/ramp_picture.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <thread>

namespace teal::cli {
namespace {

constexpr char kHolder[] = "teal upgrade perform --canary";
constexpr auto kProofPatience = std::chrono::seconds(10);
constexpr unsigned kLooksBetweenReports = 5;

Ramp planned(DeploymentJob& job, const Target& target, RampRequest request,
             const NginxView& nginx) {
    request.splits = target.splits();
    request.canary = name_of(target.color);
    RampPlan plan = plan_ramp(std::move(request), job.table(), nginx, now_unix_ns());
    for (const std::string& warning : plan.warnings) {
        job.progress.warning(warning);
    }
    plan.ramp.deployments = job.settings.deployment_directory.string();
    return std::move(plan.ramp);
}

void report(Progress& progress, const RampPicture& picture) {
    for (const RampSplitPicture& split : picture.splits) {
        progress.service(split.split,
                         fmt::format("{} {} · {} attempts, {} failed · ln E {:.1f} of {:.1f}",
                                     split.canary.variant, percent_text(split.canary.weight_ppm),
                                     split.canary.attempts, split.canary.failures,
                                     std::max(split.log_evidence, -99.0), split.threshold));
    }
    if (!picture.waits.empty()) {
        progress.service("waits", picture.waits);
    }
}

}  // namespace

Ramp ramp_standby(DeploymentJob& job, const Target& target, RampRequest request,
                  const OnRampEvent& on_event, Change& change) {
    RampListeners listeners;
    listeners.on_event = [&](const RampEvent& event) {
        job.progress.note(event.command.empty() ? event.text
                                                : event.text + "\nnext: " + event.command);
        if (on_event) {
            on_event(event);
        }
    };
    // Its line in the history is the deployment's, which holds the lock.
    listeners.record = [&](const Ramp& ended) {
        if (ended.phase == RampPhase::promoted) {
            record_serving(job.records, target.snapshot, target.color, now_unix_ns());
        }
    };
    RampControl control(table_paths(job.settings.table, job.settings.counters), kHolder, listeners);
    Ramp ramp = planned(job, target, std::move(request), control.nginx());
    const auto driver = RampDriver::take(control, ramp.name(), kHolder);
    if (driver == nullptr) {
        throw failure("split " + ramp.name() + " is being ramped by " +
                          control.store().driver_of(ramp.name()),
                      "teal canary status");
    }
    control.begin(std::move(ramp));
    unsigned looks = 0;
    ramp = drive_to_its_end(
        *driver,
        [&](const Ramp& now) {
            if (looks++ % kLooksBetweenReports == 0) {
                report(job.progress, take_picture(control, now));
            }
        },
        [&](const std::string& problem) { job.progress.warning(problem); },
        [](double seconds) {
            std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
            return true;
        });
    change.published = true;
    change.generation = ramp.generation;
    change.proof_wanted = true;
    change.applied = control.wait_until_in_use(ramp, kProofPatience);
    change.published_unix_ns = job.table().published_unix_ns;
    return ramp;
}

}  // namespace teal::cli
