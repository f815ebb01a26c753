#include "cli/deployment/standby.hpp"

#include "cli/deployment/migration_check.hpp"

#include "cli/deployment/failure_lines.hpp"
#include "cli/deployment/pin.hpp"
#include "cli/deployment/ramp_records.hpp"
#include "cli/deployment/reconcile.hpp"
#include "cli/diagnosis/preflight.hpp"
#include "cli/error.hpp"
#include "cli/health/health_check.hpp"
#include "cli/output/quantities.hpp"
#include "teal_version.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

// A standby that is healthy answers through nginx at once, or there is something wrong on the way.
constexpr double kSmokePatience_s = 10;

SnapshotMetadata new_snapshot(DeploymentJob& job, Color target) {
    const StackDefinition& definition = job.stack.definition();
    SnapshotMetadata metadata;
    metadata.created_unix_ns = now_unix_ns();
    metadata.id = job.records.snapshots.new_id(target, metadata.created_unix_ns);
    metadata.color = target;
    metadata.project = definition.project;
    metadata.host = host_name();
    metadata.user = user_name();
    metadata.teal_version = kVersion;
    metadata.git = git_state(job.settings.directory);
    metadata.entries = snapshot_entries(definition);
    metadata.migrations = migration_names(definition.migrations);
    return metadata;
}

std::string containers_text(const std::vector<Instance>& instances) {
    std::string text;
    for (const Instance& instance : instances) {
        text += fmt::format("{} {} {} {}\n", instance.name, instance.service, instance.id,
                            instance.address.empty() ? "-" : instance.address);
    }
    return text;
}

}  // namespace

void Standby::choose() {
    target_.entries = snapshot_entries(job_.stack.definition());
    refuse_while_ramping(job_.settings, target_.splits());
    check_preconditions();
    for (const Drift& drift : reconcile(job_)) {
        job_.progress.note("endpoints republished: " + drift_text(drift));
    }
    for (const std::string& split : target_.splits()) {
        (void)pin_of(job_.nginx, split);
    }
    target_.color = standby_color(job_.table(), target_.splits(), active_);
}

void Standby::make_ready() {
    make_snapshot();
    bring_up();
    check_health();
    test_through_nginx();
    record_instances(job_, metadata_);
}

// What doctor would call a problem is refused before anything changes.
void Standby::check_preconditions() {
    const Findings findings = preflight(job_.settings, job_.stack);
    for (const Finding& finding : findings.list()) {
        if (finding.severity == Severity::problem) {
            throw failure(finding.subject + ": " + finding.text, finding.remedy);
        }
        if (finding.severity == Severity::warning) {
            job_.progress.warning(finding.subject + ": " + finding.text);
        }
    }
}

void Standby::make_snapshot() {
    const std::string backup = metadata_.backup;
    metadata_ = new_snapshot(job_, target_.color);
    metadata_.backup = backup;
    target_.snapshot = metadata_.id;
    job_.set_target(target_.color, metadata_.id, active_);
    job_.begin("snapshot");
    job_.records.snapshots.create(metadata_,
                                  job_.stack.snapshot_files(target_.color, metadata_.id));
    job_.progress.note("snapshot " + metadata_.id);
}

void Standby::bring_up() {
    const SnapshotRef ref = job_.records.snapshots.ref(metadata_.id);
    job_.begin("images");
    metadata_.images = job_.stack.fetch_images(target_.color, ref, options_.fetch, job_.progress);
    // From here on the color holds this snapshot, whole or in part, and no earlier one.
    metadata_.deployed_unix_ns = now_unix_ns();
    job_.records.snapshots.update(metadata_);
    job_.begin("standby");
    job_.stack.start_shared(ref, std::chrono::seconds(static_cast<long>(options_.health_timeout_s)),
                            job_.progress);
    job_.stack.bring_up(target_.color, ref, job_.progress);
}

void Standby::check_health() {
    if (options_.skip_health) {
        job_.progress.note("health: skipped, as asked");
        return;
    }
    job_.begin("health");
    HealthOptions health;
    health.timeout_s = options_.health_timeout_s;
    health.interval_s = options_.health_interval_s;
    health.successes = job_.settings.health_successes;
    const HealthReport report =
        wait_until_healthy(job_.stack, target_.color, health, job_.progress);
    if (!report.healthy) {
        tell_failures(report, job_.progress);
        failure_told_ = true;
        throw Error(
            ExitCode::deployment_failed, report.problem,
            "teal logs --color " + std::string(name_of(target_.color)) + ", or a longer --timeout");
    }
}

void Standby::test_through_nginx() {
    job_.begin(options_.skip_smoke ? "endpoints" : "smoke");
    announce_instances(job_, target_);
    if (options_.skip_smoke) {
        return;
    }
    const double patience = options_.skip_health
                                ? options_.health_timeout_s
                                : std::min(options_.health_timeout_s, kSmokePatience_s);
    smoke_ = smoke_test(job_, target_, milliseconds_of(patience));
}

void record_instances(DeploymentJob& job, SnapshotMetadata& metadata) {
    job.records.snapshots.put(
        metadata, {"containers.txt", containers_text(job.stack.instances(metadata.color)), 0600});
}

std::vector<SnapshotEntry> snapshot_entries(const StackDefinition& definition) {
    std::vector<SnapshotEntry> entries;
    for (const Service* service : definition.entries()) {
        entries.push_back({service->name, *service->entry, service->replicas});
    }
    if (entries.empty()) {
        throw wrong_input("no service of " + definition.project +
                              " is an entry: nothing says what nginx should send requests to",
                          definition.kind == StackKind::compose
                              ? "label one in the compose file, as in teal.entry: \"3000\""
                              : "name one in teal.toml: [services.NAME] entry = true");
    }
    return entries;
}

Color standby_color(const table::TableImage& table, const std::vector<std::string>& splits,
                    std::optional<Color>& active) {
    const ServingState state = serving_state(table, splits);
    active = state.active;
    if (!state.shared.empty()) {
        throw failure("both colors have traffic in split " + state.shared.front(),
                      "finish that first: teal upgrade switch blue, or green; a canary's: teal "
                      "canary promote, or abort");
    }
    if (!state.against.empty()) {
        throw failure(
            fmt::format("{} serves, but not in split {}", name_of(*active), state.against.front()),
            fmt::format("make it whole: teal upgrade switch {}", name_of(*active)));
    }
    return active ? other(*active) : Color::blue;
}

}  // namespace teal::cli
