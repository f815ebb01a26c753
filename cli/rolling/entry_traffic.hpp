// The traffic of one entry while its instances are exchanged: tested through nginx before they get
// any, added, taken out, drained. All by the table; nginx is not reloaded.
//
// A new instance is tested as the endpoint of the other color's variant, which has no weight: only
// requests that name it reach it. What that variant had is put back before anything else happens;
// a killed command leaves it in the record.
#pragma once

#include "cli/rolling/run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

class EntryTraffic {
public:
    EntryTraffic(RollingRun& run, const Service& service);

    // Throws Error (deployment failed) naming what did not answer through nginx.
    void test(const std::vector<Instance>& instances);
    void add(const std::vector<Instance>& instances);
    // After add(): throws Error (deployment failed) when more requests fail than before.
    void watch(const std::vector<Instance>& instances);
    // Takes them out and waits until nothing of theirs is in flight; returns what is left when the
    // time is over. Throws Error (failed) rather than leave the color without an endpoint.
    std::uint64_t remove(const std::vector<Instance>& instances);

private:
    std::vector<std::string> endpoints(Color color) const;
    std::uint64_t in_flight(const std::vector<std::uint32_t>& slots) const;

    RollingRun& run_;
    SnapshotEntry entry_;
};

// Puts back what a killed run had set aside for its tests.
void return_borrowed(DeploymentJob& job, RunRecord& record, const RunRecords& records);

}  // namespace teal::cli
