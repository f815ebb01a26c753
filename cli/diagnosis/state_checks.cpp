#include "cli/deployment/reconcile.hpp"
#include "cli/diagnosis/project_checks.hpp"
#include "cli/error.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

constexpr char kSubject[] = "deployments";

std::optional<Color> active_in(const table::TableImage& image,
                               const std::vector<SnapshotMetadata>& snapshots) {
    const std::vector<std::string> splits = recorded_splits(snapshots, image);
    return splits.empty() ? std::nullopt : serving_state(image, splits).active;
}

void check_snapshots(const Records& records, Findings& findings) {
    std::vector<std::string> damaged;
    const std::vector<SnapshotMetadata> snapshots = records.snapshots.list(&damaged);
    for (const std::string& problem : damaged) {
        findings.problem("snapshots", problem,
                         "a rollback cannot use it: remove its directory, or put the file back");
    }
    std::size_t whole = 0;
    for (const SnapshotMetadata& snapshot : snapshots) {
        try {
            records.snapshots.verify(snapshot);
            ++whole;
        } catch (const Error& error) {
            findings.problem("snapshots", error.what(), error.next_step());
        }
    }
    if (whole > 0 && whole == snapshots.size() && damaged.empty()) {
        findings.ok("snapshots", fmt::format("{}, their files as they were made", whole));
    }
}

void check_history(const Records& records, Findings& findings) {
    try {
        (void)records.history.read();
    } catch (const Error& error) {
        findings.problem("history", error.what(), error.next_step());
    }
}

// `active` is for people; commands go by the table, and mend the file.
void check_active_file(const Records& records, const std::optional<Color>& active,
                       Findings& findings) {
    const std::optional<Color> file = records.active_file();
    if (active && file != active) {
        findings.warning(kSubject,
                         fmt::format("{} says {}, but {} serves by the table",
                                     (records.directory() / "active").string(),
                                     file ? name_of(*file) : "nothing", name_of(*active)),
                         "the next teal upgrade command that changes something mends it");
    } else if (active) {
        findings.ok(kSubject, fmt::format("{} serves", name_of(*active)));
    }
}

void check_interrupted(const Records& records, const std::optional<Color>& active,
                       Findings& findings) {
    if (const std::string holder = deployment_lock_holder(records); !holder.empty()) {
        findings.warning(kSubject, "one is under way: " + holder,
                         "wait for it: teal upgrade status");
        return;
    }
    try {
        if (const auto interrupted = look_at_interrupted(records, active)) {
            findings.warning(kSubject, interrupted->text,
                             "the next teal upgrade command settles it; see teal upgrade status");
        }
    } catch (const Error& error) {
        findings.problem(kSubject, error.what(), error.next_step());
    }
}

void check_drift(const Records& records, const table::TableImage& image, Stack& stack,
                 Findings& findings) {
    try {
        for (const Drift& drift : find_drift(records.snapshots.list(), image, stack)) {
            findings.problem("endpoints",
                             "the table's endpoints are not what runs: " + drift_text(drift),
                             "teal agent --once mends it");
        }
    } catch (const Error& error) {
        findings.warning("endpoints",
                         std::string("cannot compare them with what runs: ") + error.what(),
                         error.next_step());
    }
}

}  // namespace

void check_deployment_state(const Settings& settings, const std::optional<table::TableImage>& image,
                            Stack& stack, Findings& findings) {
    const Records records(settings.deployment_directory);
    std::error_code ignored;
    if (!std::filesystem::is_directory(records.directory(), ignored)) {
        return;  // nothing was ever deployed
    }
    const std::optional<Color> active =
        image ? active_in(*image, records.snapshots.list()) : std::nullopt;
    check_interrupted(records, active, findings);
    check_active_file(records, active, findings);
    check_snapshots(records, findings);
    check_history(records, findings);
    if (image) {
        check_drift(records, *image, stack, findings);
    }
}

}  // namespace teal::cli
