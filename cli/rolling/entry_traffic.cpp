#include "cli/rolling/entry_traffic.hpp"

#include "cli/deployment/smoke.hpp"
#include "cli/deployment/watch.hpp"
#include "cli/error.hpp"
#include "cli/traffic/observation.hpp"
#include "shared/table/writing/address.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::steady_clock;

constexpr auto kEntryPatience = std::chrono::seconds(10);
constexpr auto kEntryLookEvery = std::chrono::milliseconds(50);

bool has_address(const std::vector<std::string>& list, const std::string& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
}

std::vector<std::string> addresses_of(const std::vector<Instance>& instances) {
    std::vector<std::string> addresses;
    for (const Instance& instance : instances) {
        if (!instance.address.empty()) {
            addresses.push_back(instance.address);
        }
    }
    return addresses;
}

}  // namespace

EntryTraffic::EntryTraffic(RollingRun& run, const Service& service)
    : run_(run), entry_{service.name, *service.entry, 1} {}

std::vector<std::string> EntryTraffic::endpoints(Color color) const {
    return endpoints_of(run_.job.table(), {entry_.entry.split}, color).front().addresses;
}

void EntryTraffic::test(const std::vector<Instance>& instances) {
    const Color lent = other(run_.record.color);
    run_.record.borrowed = {{entry_.entry.split, endpoints(lent)}};
    run_.save();
    const auto give_back = [&] { return_borrowed(run_.job, run_.record, run_.records); };
    try {
        announce(run_.job.terms(), {{entry_.entry.split, addresses_of(instances)}}, lent);
        SnapshotEntry entry = entry_;
        entry.replicas = static_cast<std::uint32_t>(instances.size());
        SmokeTest test(run_.job.settings, run_.job.nginx);
        test.run({entry}, lent, kEntryPatience);
    } catch (const Error&) {
        give_back();
        throw;
    }
    give_back();
}

void EntryTraffic::add(const std::vector<Instance>& instances) {
    const Color color = run_.record.color;
    std::vector<std::string> all = endpoints(color);
    for (const std::string& address : addresses_of(instances)) {
        if (!has_address(all, address)) {
            all.push_back(address);
        }
    }
    announce(run_.job.terms(), {{entry_.entry.split, all}}, color);
}

void EntryTraffic::watch(const std::vector<Instance>& instances) {
    if (run_.options.watch_s <= 0) {
        return;
    }
    const WatchResult seen =
        watch_instances(run_.job.nginx, run_.job.stack, entry_.entry.split, run_.record.color,
                        instances, milliseconds_of(run_.options.watch_s));
    if (!seen.sane) {
        throw Error(ExitCode::deployment_failed, "under traffic: " + seen.problem,
                    "teal logs " + entry_.service);
    }
}

std::uint64_t EntryTraffic::in_flight(const std::vector<std::uint32_t>& slots) const {
    const NginxView& nginx = run_.job.nginx;
    const auto split = nginx.find_split(entry_.entry.split);
    const auto variant =
        split ? nginx.find_variant(*split, name_of(run_.record.color)) : std::nullopt;
    if (!variant) {
        return 0;
    }
    const Reading reading(nginx, {*variant});
    const counters::VariantCounters* sums = reading.of(*variant);
    std::uint64_t sum = 0;
    for (const std::uint32_t slot : slots) {
        sum += sums == nullptr ? 0 : sums->endpoints[slot].in_flight;
    }
    return sum;
}

std::uint64_t EntryTraffic::remove(const std::vector<Instance>& instances) {
    const Color color = run_.record.color;
    const std::vector<std::string> leaving = addresses_of(instances);
    const table::TableImage table = run_.job.table();
    std::vector<std::string> kept;
    std::vector<std::uint32_t> slots;
    const table::SplitImage* split = table.find(entry_.entry.split);
    const table::VariantImage* variant = split == nullptr ? nullptr : split->find(name_of(color));
    if (variant == nullptr) {
        return 0;
    }
    for (const table::Endpoint& endpoint : variant->endpoints) {
        const std::string address(table::text_of(endpoint));
        if (has_address(leaving, address)) {
            slots.push_back(endpoint.slot);
        } else {
            kept.push_back(address);
        }
    }
    if (slots.empty()) {
        return 0;
    }
    if (kept.empty()) {
        throw failure(
            "nothing else serves split " + entry_.entry.split + " than " + leaving.front(),
            "teal upgrade status says what runs");
    }
    announce(run_.job.terms(), {{entry_.entry.split, kept}}, color);
    const auto give_up = steady_clock::now() + milliseconds_of(run_.options.drain_timeout_s);
    std::uint64_t left = in_flight(slots);
    while (left > 0 && steady_clock::now() < give_up) {
        run_.job.progress.service(entry_.service, fmt::format("{} still in flight", left));
        std::this_thread::sleep_for(
            std::min<steady_clock::duration>(kEntryLookEvery, give_up - steady_clock::now()));
        left = in_flight(slots);
    }
    return left;
}

void return_borrowed(DeploymentJob& job, RunRecord& record, const RunRecords& records) {
    for (const Borrowed& lent : record.borrowed) {
        announce(job.terms(), {{lent.split, lent.endpoints}}, other(record.color));
    }
    if (!record.borrowed.empty()) {
        record.borrowed.clear();
        records.write(record);
    }
}

}  // namespace teal::cli
