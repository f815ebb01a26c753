// What `teal upgrade status` tells: colors, what runs, what was done lately, and the traffic. Never
// changes anything, and says what it can when docker, nginx or the table do not answer.
#pragma once

#include "cli/deployment/reconcile.hpp"
#include "cli/rolling/run_record.hpp"
#include "cli/traffic/picture.hpp"
#include "cli/traffic/table_paths.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct ColorOverview {
    Color color = Color::blue;
    std::optional<SnapshotMetadata> snapshot;
    std::vector<Instance> instances;
    std::size_t running = 0;
    bool in_table = false;  // has endpoints there
};

struct DeploymentOverview {
    std::optional<Color> active;
    ColorOverview colors[2];  // blue, green
    std::vector<Instance> shared;
    std::size_t running = 0;  // of active and shared
    std::size_t wanted = 0;
    std::vector<HistoryEntry> recent;  // switches, newest first
    std::string rollback_to;           // a snapshot's id; empty: nothing
    std::string under_way;             // who holds the lock; empty: nobody
    std::optional<RunRecord> rolling;  // a rolling update that has not ended
    std::optional<TrafficPicture> traffic;
    std::vector<std::string> remarks;  // what could not be found out, or is wrong

    const ColorOverview& of(Color color) const { return colors[color == Color::blue ? 0 : 1]; }
};

// Counters as they were at the last look: the next one tells the rates since then.
struct TrafficSince {
    explicit TrafficSince(const Settings& settings)
        : nginx(table_paths(settings.table, settings.counters).counters) {}

    NginxView nginx;
    std::optional<Reading> reading{};
};

// `sample_s`: how long the traffic is watched for rates, at least; the time since the last look
// counts. REQUIRES: `since` is of these settings.
DeploymentOverview take_overview(const Settings& settings, Stack& stack, TrafficSince& since,
                                 double sample_s);

}  // namespace teal::cli
