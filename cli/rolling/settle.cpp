#include "cli/rolling/settle.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/health/health_check.hpp"
#include "cli/output/quantities.hpp"
#include "cli/rolling/entry_traffic.hpp"
#include "cli/rolling/order.hpp"
#include "cli/stack/replacing.hpp"
#include "cli/traffic/hold.hpp"

#include <algorithm>
#include <set>

namespace teal::cli {
namespace {

// All that lies there, whether or not metadata.json has its digest: the file that a killed run was
// about to replace has none (SnapshotStore::put), and is whole.
std::vector<SnapshotFile> files_of(const SnapshotRef& ref) {
    std::vector<SnapshotFile> files;
    std::error_code error;
    for (std::filesystem::directory_iterator at(ref.directory, error), end; !error && at != end;
         at.increment(error)) {
        if (std::error_code gone; at->is_regular_file(gone)) {
            files.push_back({at->path().filename().string(), read_whole(at->path()), 0600});
        }
    }
    if (error) {
        throw failure(ref.directory.string() + ": " + error.message(),
                      "run as a user who may read it");
    }
    return files;
}

bool is_up(const std::vector<VersionedInstance>& instances) {
    return !instances.empty() &&
           std::all_of(instances.begin(), instances.end(), [](const VersionedInstance& one) {
               return one.instance.state == InstanceState::running;
           });
}

// What was started and has not been found good yet: of an entry what the table does not have, of
// another service the new ones while an old one runs.
void retire_candidates(DeploymentJob& job, const RunRecord& record,
                       const SnapshotMetadata& metadata, Replacing& replacing,
                       const std::string& service) {
    const std::vector<VersionedInstance> instances = replacing.instances(service);
    const bool old_runs =
        std::any_of(instances.begin(), instances.end(), [](const VersionedInstance& one) {
            return one.version == Version::before && one.instance.state == InstanceState::running;
        });
    std::vector<std::string> serving;
    const SnapshotEntry* entry = nullptr;
    for (const SnapshotEntry& each : metadata.entries) {
        if (each.service == service) {
            entry = &each;
            serving = endpoints_of(job.table(), {each.entry.split}, record.color).front().addresses;
        }
    }
    for (const VersionedInstance& one : instances) {
        const std::string& address = one.instance.address;
        const bool serves = std::find(serving.begin(), serving.end(), address) != serving.end();
        if (entry != nullptr ? !serves : old_runs && one.version == Version::target) {
            replacing.retire(one.instance, job.progress);
        }
    }
}

// Requests that wait for it are released afterwards. One that does not get healthy is said, and
// left to the run that follows.
void await_service(DeploymentJob& job, Color color, Replacing& replacing,
                   const std::string& service) {
    HealthOptions health;
    health.timeout_s = job.settings.health_timeout_s;
    health.interval_s = job.settings.health_interval_s;
    StackDefinition only;
    only.services.emplace_back().name = service;
    health.definition = &only;
    health.instances = [&] {
        std::vector<Instance> now;
        for (VersionedInstance& found : replacing.instances(service)) {
            now.push_back(std::move(found.instance));
        }
        return now;
    };
    const HealthReport report = wait_until_healthy(job.stack, color, health, job.progress);
    if (!report.healthy) {
        job.progress.warning(service + " is not healthy: " + report.problem);
    }
}

void settle_step(DeploymentJob& job, RunRecord& record, StepRecord& step) {
    const SnapshotRef run = job.records.snapshots.ref(record.snapshot);
    SnapshotMetadata metadata = job.records.snapshots.load(record.snapshot);
    const auto replacing = job.stack.replacing(
        record.color, job.records.snapshots.ref(record.before), run, files_of(run));
    std::set<std::string> done;
    for (const StepRecord& each : record.steps) {
        if (each.state == StepState::done) {
            done.insert(each.service);
        }
    }
    for (const SnapshotFile& file : replacing->files(done)) {
        job.records.snapshots.put(metadata, file);
    }
    if (step.means == name_of(Means::in_place)) {
        if (!is_up(replacing->instances(step.service))) {
            job.progress.note(step.service + " does not run: started again as it was");
            replacing->replace(step.service, Version::before, job.progress);
        }
        // One that runs may have been the killed command's last act: not known to the colors, and
        // not healthy yet.
        job.stack.reconnect_shared(record.color, job.progress);
        await_service(job, record.color, *replacing, step.service);
    }
    if (step.means == name_of(Means::beside)) {
        retire_candidates(job, record, metadata, *replacing, step.service);
    }
    step.state = StepState::failed;
    step.problem = "interrupted";
}

}  // namespace

std::optional<RunRecord> unfinished_run(const Records& records,
                                        const std::optional<Color>& active) {
    std::optional<RunRecord> record = RunRecords(records.directory()).unfinished();
    if (!record || record->color != active) {
        return std::nullopt;
    }
    const auto serving = deployed_on(records.snapshots.list(), record->color);
    return serving && serving->id == record->snapshot ? record : std::nullopt;
}

bool is_between_instances(const Records& records) {
    try {
        const auto record = RunRecords(records.directory()).unfinished();
        return record && record->state == RunState::running && record->working() != nullptr;
    } catch (const Error&) {
        return false;  // said by those who need it
    }
}

void settle_run(DeploymentJob& job, RunRecord& record) {
    if (record.state != RunState::running) {
        return;
    }
    const RunRecords records(job.records.directory());
    return_borrowed(job, record, records);
    for (StepRecord& step : record.steps) {
        if (step.state == StepState::working) {
            job.progress.note("the run before was interrupted at " + step.service);
            settle_step(job, record, step);
        }
    }
    if (!record.held.empty()) {
        release(job.terms(), record.held);
        record.held.clear();
    }
    record.state = RunState::stopped;
    record.problem = record.problem.empty() ? "interrupted" : record.problem;
    record.ended_unix_ns = now_unix_ns();
    records.write(record);
}

}  // namespace teal::cli
