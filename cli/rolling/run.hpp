// What the steps of a rolling update share: what was asked, the record on disk, and the snapshot
// whose files say what runs.
#pragma once

#include "cli/deployment/job.hpp"
#include "cli/rolling/run_record.hpp"
#include "cli/stack/replacing.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace teal::cli {

struct RollingOptions {
    std::vector<std::string> services{};  // empty: all
    bool carry_on = false;                // only a run that has not ended
    bool force = false;                   // also what is up to date
    bool skip_health = false;
    bool hold = true;  // entries that need what is replaced in place
    std::chrono::nanoseconds hold_max = std::chrono::seconds(30);  // then they go on, come what may
    std::string allow_migrations{};
    Fetch fetch = Fetch::as_needed;
    std::uint32_t batch = 1;  // instances at a time
    double health_timeout_s = 60;
    double health_interval_s = 2;
    double watch_s = 10;
    double drain_timeout_s = 30;
};

struct RollingRun {
    DeploymentJob& job;
    const RollingOptions& options;
    Replacing& replacing;
    // What has to be healthy: of the target, and with the entries as they were before.
    const StackDefinition& target;
    const StackDefinition& before;
    SnapshotMetadata metadata;  // of the run
    RunRecords records;
    RunRecord record;
    std::set<std::string> replaced{};

    const StackDefinition& definition(Version version) const {
        return version == Version::target ? target : before;
    }
    void save() const { records.write(record); }
    StepRecord& step(const std::string& service);
    // The snapshot's files say this version of the service from now on.
    void say(const std::string& service, Version version);
};

}  // namespace teal::cli
