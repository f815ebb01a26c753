#include "cli/deployment/reconcile.hpp"

#include "cli/error.hpp"
#include "cli/rolling/settle.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

std::string listed_addresses(const std::vector<std::string>& addresses) {
    std::string text;
    for (const std::string& address : addresses) {
        text += (text.empty() ? "" : ", ") + address;
    }
    return text.empty() ? "none" : text;
}

std::vector<std::string> running_addresses(const std::vector<SnapshotEntry>& entries,
                                           const std::string& split,
                                           const std::vector<Instance>& instances) {
    std::vector<std::string> addresses;
    for (const SnapshotEntry& entry : entries) {
        for (const Instance& instance : instances) {
            if (entry.entry.split == split && instance.service == entry.service &&
                instance.state == InstanceState::running && !instance.address.empty()) {
                addresses.push_back(instance.address);
            }
        }
    }
    return addresses;
}

bool same_set(std::vector<std::string> one, std::vector<std::string> two) {
    std::sort(one.begin(), one.end());
    std::sort(two.begin(), two.end());
    return one == two;
}

// `instances_of`: asked only for a color that has endpoints in the table.
template <typename InstancesOf>
std::vector<Drift> drift_between(const std::vector<SnapshotMetadata>& snapshots,
                                 const table::TableImage& table, InstancesOf instances_of) {
    std::vector<Drift> found;
    for (const Color color : {Color::blue, Color::green}) {
        const std::optional<SnapshotMetadata> snapshot = deployed_on(snapshots, color);
        if (!snapshot) {
            continue;
        }
        std::vector<SplitEndpoints> known = endpoints_of(table, snapshot->splits(), color);
        std::erase_if(known, [](const SplitEndpoints& split) { return split.addresses.empty(); });
        if (known.empty()) {
            continue;
        }
        const std::vector<Instance> instances = instances_of(color);
        for (const SplitEndpoints& split : known) {
            const std::vector<std::string> running =
                running_addresses(snapshot->entries, split.split, instances);
            if (!running.empty() && !same_set(running, split.addresses)) {
                found.push_back({split.split, color, split.addresses, running});
            }
        }
    }
    return found;
}

}  // namespace

std::vector<Drift> find_drift(const std::vector<SnapshotMetadata>& snapshots,
                              const table::TableImage& table, Stack& stack) {
    return drift_between(snapshots, table, [&](Color color) { return stack.instances(color); });
}

std::vector<Drift> find_drift(const std::vector<SnapshotMetadata>& snapshots,
                              const table::TableImage& table, const StackInstances& instances) {
    return drift_between(snapshots, table, [&](Color color) { return instances.of(color); });
}

std::vector<Drift> reconcile(DeploymentJob& job) {
    if (is_between_instances(job.records)) {
        return {};  // not all that runs is meant to serve
    }
    const std::vector<Drift> drifts =
        find_drift(job.records.snapshots.list(), job.table(), job.stack);
    for (const Drift& drift : drifts) {
        announce(job.terms(), {{drift.split, drift.running}}, drift.color);
    }
    return drifts;
}

std::string drift_text(const Drift& drift) {
    return drift.split + " " + name_of(drift.color) + ": " + listed_addresses(drift.in_table) +
           " → " + listed_addresses(drift.running);
}

}  // namespace teal::cli
