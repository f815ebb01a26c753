#include "cli/deployment/url_overview.hpp"

#include "cli/deployment/deployed_colors.hpp"
#include "cli/deployment/entry_urls.hpp"
#include "cli/deployment/standby.hpp"
#include "cli/error.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

constexpr double kTimeout_s = 5.0;

// A URL of an entry that was asked, and where its answer goes.
struct Candidate {
    std::size_t entry;
    std::string url;
    bool known;
};

ProbeTarget target_through_nginx(const SnapshotEntry& entry, const Url& url) {
    return {.name = entry.service,
            .address = url.address,
            .spec = through_nginx(entry, url),
            .timeout_s = kTimeout_s};
}

const SnapshotEntry* entry_for(const std::vector<SnapshotEntry>& entries, const EndpointUrl& one) {
    for (const SnapshotEntry& entry : entries) {
        if (entry.entry.split == one.split &&
            (one.service.empty() || entry.service == one.service)) {
            return &entry;
        }
    }
    return nullptr;
}

// Endpoints as the table has them, then those that run and are not in it.
void add_endpoints(std::vector<EndpointUrl>& endpoints, const DeployedColors& deployed, Color color,
                   const std::vector<SnapshotEntry>& entries,
                   const std::vector<Instance>& instances) {
    const std::size_t first = endpoints.size();
    const auto add = [&](const std::string& split, const std::string& address) -> EndpointUrl& {
        return endpoints.emplace_back(EndpointUrl{
            .color = color, .role = deployed.role_of(color), .split = split, .address = address});
    };
    for (const SplitEndpoints& split : deployed.of(color).endpoints) {
        for (const std::string& address : split.addresses) {
            add(split.split, address).in_table = true;
        }
    }
    for (const SnapshotEntry& entry : entries) {
        for (const Instance& instance : instances) {
            if (instance.service != entry.service || instance.address.empty() ||
                instance.state != InstanceState::running) {
                continue;
            }
            const auto known = std::find_if(endpoints.begin() + static_cast<std::ptrdiff_t>(first),
                                            endpoints.end(), [&](const EndpointUrl& one) {
                                                return one.split == entry.entry.split &&
                                                       one.address == instance.address;
                                            });
            EndpointUrl& endpoint =
                known != endpoints.end() ? *known : add(entry.entry.split, instance.address);
            endpoint.service = instance.service;
            endpoint.instance = instance.name;
        }
    }
}

// The known URL alone, if there is one: what another listener answers says nothing of the entry.
std::vector<Candidate> candidates_of(const std::vector<SnapshotEntry>& entries,
                                     const EntryUrls& urls) {
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        for (const std::string& url : urls.candidates(entries[i])) {
            const bool known = urls.is_known(entries[i], url);
            candidates.push_back({i, url, known});
            if (known) {
                break;
            }
        }
    }
    return candidates;
}

std::vector<EntryUrl> entry_urls(const std::vector<SnapshotEntry>& entries,
                                 const std::vector<Candidate>& candidates,
                                 const std::vector<ProbeAnswer>& answers) {
    std::vector<EntryUrl> found;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        EntryUrl& entry = found.emplace_back();
        entry.service = entries[i].service;
        entry.split = entries[i].entry.split;
        entry.answer.problem =
            "nginx's URL is not known: its listening sockets cannot be seen from here";
        for (std::size_t c = 0; c < candidates.size(); ++c) {
            const bool better =
                entry.url.empty() || candidates[c].known || (answers[c].good && !entry.answer.good);
            if (candidates[c].entry == i && better) {
                entry.url = candidates[c].url;
                entry.known = candidates[c].known;
                entry.answer = answers[c];
            }
        }
    }
    return found;
}

}  // namespace

bool UrlOverview::all_answer() const {
    return std::all_of(entries.begin(), entries.end(),
                       [](const EntryUrl& entry) { return entry.answer.good; });
}

UrlOverview look_at_urls(const Settings& settings, Stack& stack) {
    UrlOverview overview;
    const DeployedColors deployed = find_deployed(settings);
    overview.remarks = deployed.remarks;
    const Color first = deployed.chosen(std::nullopt);
    const StackInstances instances = stack.all_instances();
    if (!instances.problem.empty()) {
        overview.remarks.push_back(instances.problem);
    }
    const auto entries_of = [&](Color color) {
        const std::optional<SnapshotMetadata>& snapshot = deployed.of(color).snapshot;
        return snapshot ? snapshot->entries : std::vector<SnapshotEntry>{};
    };
    std::vector<SnapshotEntry> entries = entries_of(first);
    if (entries.empty()) {
        entries = snapshot_entries(stack.definition());
    }

    const NginxView nginx(table_paths(settings.table, settings.counters).counters);
    const EntryUrls urls(settings, nginx);
    std::vector<Candidate> candidates = candidates_of(entries, urls);
    std::erase_if(candidates, [](const Candidate& one) { return !parse_url(one.url); });
    std::vector<ProbeTarget> targets;
    for (const Candidate& candidate : candidates) {
        targets.push_back(
            target_through_nginx(entries[candidate.entry], *parse_url(candidate.url)));
    }
    for (const Color color : {first, other(first)}) {
        add_endpoints(overview.endpoints, deployed, color, entries_of(color), instances.of(color));
    }
    for (EndpointUrl& endpoint : overview.endpoints) {
        endpoint.stray = instances.problem.empty() && endpoint.service.empty();
        const std::vector<SnapshotEntry> known = entries_of(endpoint.color);
        const SnapshotEntry* entry = entry_for(known.empty() ? entries : known, endpoint);
        targets.push_back({.name = endpoint.instance,
                           .address = endpoint.address,
                           .spec = entry != nullptr ? entry->entry.probe : ProbeSpec{},
                           .timeout_s = kTimeout_s});
    }
    const std::vector<ProbeAnswer> answers = probe_all(targets);
    overview.entries = entry_urls(entries, candidates, answers);
    for (std::size_t i = 0; i < overview.endpoints.size(); ++i) {
        overview.endpoints[i].answer = answers[candidates.size() + i];
    }
    return overview;
}

}  // namespace teal::cli
