#include "cli/rolling/in_place_step.hpp"

#include "cli/rolling/beside_step.hpp"
#include "cli/rolling/entry_traffic.hpp"

#include <chrono>

namespace teal::cli {
namespace {

std::vector<Instance> instances_now(RollingRun& run, const PlannedStep& step) {
    std::vector<Instance> now;
    for (VersionedInstance& found : run.replacing.instances(step.service)) {
        now.push_back(std::move(found.instance));
    }
    return now;
}

void replace_all(RollingRun& run, const PlannedStep& step, Version version) {
    run.say(step.service, version);
    run.replacing.replace(step.service, version, run.job.progress);
    await_healthy(run, step, version, instances_now(run, step));
}

}  // namespace

void roll_in_place(RollingRun& run, const PlannedStep& step, Version version) {
    using std::chrono::steady_clock;
    const auto start = steady_clock::now();
    replace_all(run, step, version);
    StepRecord& record = run.step(step.service);
    record.downtime_s += std::chrono::duration<double>(steady_clock::now() - start).count();
}

void roll_job(RollingRun& run, const PlannedStep& step, Version version) {
    replace_all(run, step, version);
}

void remove_service(RollingRun& run, const PlannedStep& step) {
    const std::vector<Instance> leaving = instances_now(run, step);
    for (const SnapshotEntry& entry : run.metadata.entries) {
        Service service;
        service.name = entry.service;
        service.entry = entry.entry;
        if (entry.service == step.service) {
            run.step(step.service).left_in_flight = EntryTraffic(run, service).remove(leaving);
        }
    }
    for (const Instance& instance : leaving) {
        run.replacing.retire(instance, run.job.progress);
    }
    run.say(step.service, Version::target);
}

}  // namespace teal::cli
