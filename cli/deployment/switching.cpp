#include "cli/deployment/switching.hpp"

#include "cli/deployment/ramp_records.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/traffic/hold.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

Target deployed_target(const DeploymentJob& job, Color color) {
    const std::optional<SnapshotMetadata> snapshot = job.deployed(color);
    if (!snapshot) {
        throw wrong_input(std::string(name_of(color)) + " has never been deployed",
                          "deploy it: teal upgrade perform");
    }
    return {color, snapshot->id, snapshot->entries};
}

bool serves_all(const table::TableImage& table, const Target& target) {
    const ServingState state = serving_state(table, target.splits());
    return state.active == target.color && state.is_whole();
}

SwitchOutcome switch_in_phases(DeploymentJob& job, const Target& target, std::optional<Color> from,
                               std::chrono::milliseconds patience) {
    SwitchOutcome outcome;
    outcome.color = target.color;
    outcome.from = from;
    outcome.snapshot = target.snapshot;
    job.begin("endpoints");
    const std::vector<SplitEndpoints> endpoints = announce_instances(job, target);
    job.begin("smoke");
    outcome.smoke = smoke_test(job, target, patience);
    job.begin("switch");
    outcome.change = switch_and_record(job, target, endpoints);
    return outcome;
}

}  // namespace

std::vector<std::string> Target::splits() const {
    SnapshotMetadata metadata;
    metadata.entries = entries;
    return metadata.splits();
}

std::vector<SplitEndpoints> announce_instances(DeploymentJob& job, const Target& target) {
    std::vector<SplitEndpoints> endpoints =
        entry_endpoints(target.entries, job.stack.instances(target.color));
    announce(job.terms(), endpoints, target.color);
    return endpoints;
}

std::vector<SmokeAnswer> smoke_test(DeploymentJob& job, const Target& target,
                                    std::chrono::milliseconds patience) {
    SmokeTest test(job.settings, job.nginx);
    return test.run(target.entries, target.color, patience);
}

Change switch_and_record(DeploymentJob& job, const Target& target,
                         const std::vector<SplitEndpoints>& endpoints, Waiting waiting) {
    try {
        Change change = waiting == Waiting::release
                            ? switch_and_release(job.terms(), endpoints, target.color)
                            : switch_traffic(job.terms(), endpoints, target.color);
        job.tell_switch(target.splits(), target.color);
        record_serving(job.records, target.snapshot, target.color, now_unix_ns());
        if (!change.save_warning.empty()) {
            job.progress.warning("not saved for the next reboot: " + change.save_warning);
        }
        return change;
    } catch (const Error& error) {
        if (error.code() == ExitCode::not_applied) {
            job.tell_switch(target.splits(), target.color);
            record_serving(job.records, target.snapshot, target.color, now_unix_ns());
        }
        throw;
    }
}

SwitchOutcome switch_to(DeploymentJob& job, Color color, std::chrono::milliseconds patience) {
    const Target target = deployed_target(job, color);
    refuse_while_ramping(job.settings, target.splits());
    const std::optional<Color> from = job.serving(target.splits()).active;
    if (serves_all(job.table(), target)) {
        job.records.write_active(color);
        SwitchOutcome outcome;
        outcome.color = color;
        outcome.from = from;
        outcome.snapshot = target.snapshot;
        outcome.was_serving = true;
        return outcome;
    }
    job.set_target(color, target.snapshot, from);
    try {
        SwitchOutcome outcome = switch_in_phases(job, target, from, patience);
        job.finish("switched", "", outcome.change.generation);
        return outcome;
    } catch (const Error& error) {
        const bool stands = error.code() == ExitCode::not_applied;
        job.finish(stands ? "switched" : "failed", error.what(), 0);
        throw;
    }
}

}  // namespace teal::cli
