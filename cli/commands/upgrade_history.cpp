#include "cli/commands/upgrade_history.hpp"

#include "cli/deployment/records.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kUpgradeHistoryHelp[] =
    "Examples:\n"
    "  teal upgrade history\n"
    "  teal upgrade history --last 100 --json | jq '.history[] | select(.outcome == \"failed\")'\n"
    "  teal upgrade rollback --to SNAPSHOT\n";

std::vector<HistoryEntry> newest(std::vector<HistoryEntry> entries, unsigned count) {
    if (entries.size() > count) {
        entries.erase(entries.begin(), entries.end() - count);
    }
    return entries;
}

std::string entries_table(const std::vector<HistoryEntry>& entries) {
    TextTable rows("llllrl");
    rows.add({"TIME", "OPERATION", "OUTCOME", "COLORS", "SECONDS", "BY"});
    for (const HistoryEntry& entry : entries) {
        rows.add({utc_text(entry.time_unix_ns), entry.operation, entry.outcome,
                  (entry.from.empty() ? "none" : entry.from) + " → " + entry.to,
                  fmt::format("{:.1f}", entry.seconds), entry.user + "@" + entry.host});
        if (!entry.backup.empty()) {
            rows.add_remark("  backup of the database: " + entry.backup);
        }
        if (!entry.allowed_migrations.empty()) {
            rows.add_remark("  unsafe migrations allowed: " + entry.allowed_migrations);
        }
        if (!entry.reason.empty()) {
            rows.add_remark("  " + (entry.phase.empty() ? "" : entry.phase + ": ") + entry.reason);
        }
    }
    return rows.text("");
}

std::string snapshots_table(const std::vector<SnapshotMetadata>& snapshots) {
    TextTable rows("llll");
    rows.add({"SNAPSHOT", "MADE", "SERVED", "COMMIT"});
    for (const SnapshotMetadata& snapshot : snapshots) {
        rows.add({snapshot.id, utc_text(snapshot.created_unix_ns),
                  snapshot.served_unix_ns == 0 ? "never" : utc_text(snapshot.served_unix_ns),
                  snapshot.git ? git_text(*snapshot.git) : "-"});
    }
    return rows.text("");
}

nlohmann::ordered_json everything_json(const std::vector<HistoryEntry>& entries,
                                       const std::vector<SnapshotMetadata>& snapshots) {
    nlohmann::ordered_json json{{"history", nlohmann::ordered_json::parse(history_text(entries))},
                                {"snapshots", nlohmann::ordered_json::array()}};
    for (const SnapshotMetadata& snapshot : snapshots) {
        json["snapshots"].push_back(nlohmann::ordered_json::parse(metadata_text(snapshot)));
    }
    return json;
}

}  // namespace

ExitCode run_upgrade_history(const UpgradeHistoryOptions& options) {
    const Settings settings = load_settings(options.project);
    const Records records(settings.deployment_directory);
    std::vector<std::string> damaged;
    const std::vector<SnapshotMetadata> snapshots = records.snapshots.list(&damaged);
    const std::vector<HistoryEntry> entries = newest(records.history.read(), options.last);
    if (options.json) {
        print(everything_json(entries, snapshots).dump() + "\n");
    } else if (entries.empty() && snapshots.empty()) {
        print("nothing was deployed yet: teal upgrade perform\n");
    } else {
        print(entries_table(entries) + "\n" + snapshots_table(snapshots));
    }
    for (const std::string& problem : damaged) {
        warn(problem);
    }
    return ExitCode::ok;
}

void add_upgrade_history(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeHistoryOptions>();
    CLI::App& command = *upgrade.add_subcommand("history", "deployments and snapshots");
    command.footer(kUpgradeHistoryHelp);
    command.add_option("--last", options->last, "so many entries (20)")
        ->type_name("N")
        ->check(CLI::Range(1u, 1000u));
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_upgrade_history(*options); });
}

}  // namespace teal::cli
