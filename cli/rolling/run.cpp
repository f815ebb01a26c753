#include "cli/rolling/run.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

namespace teal::cli {

StepRecord& RollingRun::step(const std::string& service) {
    for (StepRecord& step : record.steps) {
        if (step.service == service) {
            return step;
        }
    }
    throw failure("rolling.json has no step " + service, "remove it, and begin again");
}

void RollingRun::say(const std::string& service, Version version) {
    if (version == Version::target) {
        replaced.insert(service);
    } else {
        replaced.erase(service);
    }
    for (const SnapshotFile& file : replacing.files(replaced)) {
        const auto known = metadata.digests.find(file.name);
        if (known == metadata.digests.end() || known->second != sha256_of(file.text)) {
            job.records.snapshots.put(metadata, file);
        }
    }
}

}  // namespace teal::cli
