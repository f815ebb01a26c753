#include "cli/deployment/ramp_records.hpp"

#include "cli/deployment/records.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/ramp/ramp_file.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <thread>

namespace teal::cli {
namespace {

constexpr auto kRecordPatience = std::chrono::seconds(5);
constexpr auto kLockPause = std::chrono::milliseconds(50);

table::WriterLock wait_for_lock(const Records& records) {
    const auto give_up = std::chrono::steady_clock::now() + kRecordPatience;
    while (true) {
        try {
            return lock_deployments(records, "teal canary");
        } catch (const Error&) {
            if (std::chrono::steady_clock::now() >= give_up) {
                throw;
            }
        }
        std::this_thread::sleep_for(kLockPause);
    }
}

// A ramp of some of a deployment's splits does not make it serve.
bool is_of_all(const Ramp& ramp, const SnapshotMetadata& snapshot) {
    const std::vector<std::string> splits = snapshot.splits();
    return std::all_of(splits.begin(), splits.end(),
                       [&](const std::string& split) { return ramp.find(split) != nullptr; });
}

std::string evidence_text(const EvidenceNote& note) {
    return fmt::format("{}: {} of {} failed, baseline {} of {}, ln E {:.2f} of {:.2f}", note.split,
                       note.canary_bad, note.canary_done, note.baseline_bad, note.baseline_done,
                       std::max(note.log_evidence, -99.0), note.threshold);
}

}  // namespace

std::string deployments_of(const Settings& settings, const Ramp& ramp) {
    if (!std::filesystem::exists(settings.deployment_directory)) {
        return "";
    }
    std::vector<std::string> known;
    std::vector<std::string> damaged;
    for (const SnapshotMetadata& snapshot :
         Records(settings.deployment_directory).snapshots.list(&damaged)) {
        for (const std::string& split : snapshot.splits()) {
            known.push_back(split);
        }
    }
    const bool own = std::all_of(ramp.splits.begin(), ramp.splits.end(), [&](const auto& split) {
        return std::find(known.begin(), known.end(), split.split) != known.end() &&
               color_named(split.canary) && color_named(split.baseline);
    });
    return own ? settings.deployment_directory.string() : "";
}

std::string verdict_line(const Ramp& ramp) {
    if (ramp.log.empty()) {
        return "";
    }
    const RampLogEntry& last = ramp.log.back();
    std::string text = last.text;
    if (!last.by.empty()) {
        text += fmt::format("; by {}", last.by);
    }
    if (!last.reason.empty()) {
        text += fmt::format(" ({})", last.reason);
    }
    for (const Approval& approval : ramp.approvals) {
        text += fmt::format("; {} approved by {}{}", percent_text(approval.step_ppm), approval.by,
                            approval.reason.empty() ? "" : " (" + approval.reason + ")");
    }
    for (const EvidenceNote& note : last.evidence) {
        text += "; " + evidence_text(note);
    }
    return text;
}

void record_ramp_end(const Ramp& ramp) {
    const std::optional<Color> canary = color_named(ramp.splits.front().canary);
    if (ramp.deployments.empty() || !canary) {
        return;
    }
    const Records records(ramp.deployments);
    const table::WriterLock lock = wait_for_lock(records);
    HistoryEntry entry;
    entry.time_unix_ns = ramp.log.back().time_unix_ns;
    entry.operation = "canary";
    entry.outcome = phase_text(ramp.phase);
    entry.from = ramp.splits.front().baseline;
    entry.to = ramp.splits.front().canary;
    const auto snapshot = deployed_on(records.snapshots.list(), *canary);
    entry.snapshot = snapshot ? snapshot->id : "";
    entry.reason = verdict_line(ramp);
    entry.seconds = static_cast<double>(entry.time_unix_ns - ramp.started_unix_ns) / 1e9;
    entry.generation = ramp.generation;
    if (ramp.phase == RampPhase::promoted && snapshot && is_of_all(ramp, *snapshot)) {
        record_serving(records, entry.snapshot, *canary, entry.time_unix_ns);
    }
    records.history.add(std::move(entry));
    // What a `perform --canary` that was killed left: this is its end.
    const std::optional<Operation> operation = records.operation();
    if (operation && operation->phase == kRampPhaseName) {
        records.clear_operation();
    }
}

void refuse_while_ramping(const Settings& settings, const std::vector<std::string>& splits) {
    const RampStore store(table_paths(settings.table, settings.counters));
    if (const std::optional<Ramp> ramp = ramp_under_way(store, splits)) {
        throw failure(fmt::format("{} of {} is a canary with {} of the traffic ({})",
                                  ramp->splits.front().canary, split_names(*ramp),
                                  percent_text(ramp->weight_ppm), phase_text(ramp->phase)),
                      "end that first: teal canary promote, or teal canary abort");
    }
}

}  // namespace teal::cli
