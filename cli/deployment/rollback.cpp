#include "cli/deployment/rollback.hpp"

#include "cli/deployment/deployed_colors.hpp"
#include "cli/deployment/failure_lines.hpp"
#include "cli/deployment/ramp_records.hpp"
#include "cli/deployment/switching.hpp"
#include "cli/error.hpp"
#include "cli/health/health_check.hpp"
#include "cli/output/quantities.hpp"
#include "cli/rolling/settle.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

// A restart of a process, say, should not turn an instant rollback into a slow one.
constexpr auto kInstantPatience = std::chrono::milliseconds(500);
constexpr auto kSmokePatience = std::chrono::seconds(10);

class Rollback {
public:
    Rollback(DeploymentJob& job, const RollbackOptions& options) : job_(job), options_(options) {}

    RollbackOutcome run() {
        choose();
        if (outcome_.was_serving) {
            return outcome_;
        }
        try {
            if (!is_instant()) {
                bring_back();
            }
            job_.begin("switch");
            outcome_.change = switch_and_record(job_, target_, endpoints_);
        } catch (const Error& error) {
            const bool stands = error.code() == ExitCode::not_applied;
            const std::string phase = job_.phase();
            job_.finish(stands ? "switched" : "failed", error.what(), 0);
            if (stands || error.code() == ExitCode::usage) {
                throw;
            }
            throw Error(ExitCode::deployment_failed,
                        fmt::format("the rollback failed in phase {}: {}", phase, error.what()),
                        error.next_step());
        }
        job_.finish("switched", "", outcome_.change.generation);
        outcome_.seconds = job_.seconds();
        return outcome_;
    }

private:
    void choose() {
        const std::vector<SnapshotMetadata> snapshots = job_.records.snapshots.list();
        const std::vector<std::string> splits = recorded_splits(snapshots, job_.table());
        refuse_while_ramping(job_.settings, splits);
        const ServingState state = job_.serving(splits);
        outcome_.from = state.active;
        const std::optional<SnapshotMetadata> serving =
            state.active ? deployed_on(snapshots, *state.active) : std::nullopt;
        const std::string serving_id = serving ? serving->id : "";
        if (!options_.to.empty()) {
            chosen_ = job_.records.snapshots.load(options_.to);
        } else if (const auto before = served_before(snapshots, serving_id)) {
            chosen_ = *before;
        } else {
            throw wrong_input("there is nothing to roll back to: " +
                                  (serving_id.empty() ? "nothing has served yet"
                                                      : "only " + serving_id + " has served"),
                              "name a snapshot: teal upgrade history, then rollback --to ID");
        }
        outcome_.snapshot = chosen_.id;
        outcome_.target = chosen_.color;
        if (serving && chosen_.created_unix_ns < serving->created_unix_ns) {
            outcome_.backup = serving->backup;
        }
        outcome_.was_serving = chosen_.id == serving_id && state.is_whole();
        if (!outcome_.was_serving && chosen_.color == state.active && chosen_.id != serving_id) {
            recolor(other(*state.active));
        }
        target_ = {chosen_.color, chosen_.id, chosen_.entries};
        job_.set_target(target_.color, target_.snapshot, outcome_.from);
    }

    // A snapshot of the color that serves is started in the other one, under a name of its own.
    void recolor(Color color) {
        job_.records.snapshots.verify(chosen_);
        const SnapshotRef from = job_.records.snapshots.ref(chosen_.id);
        SnapshotMetadata made = chosen_;
        made.color = color;
        made.created_unix_ns = now_unix_ns();
        made.id = job_.records.snapshots.new_id(color, made.created_unix_ns);
        made.deployed_unix_ns = 0;
        made.served_unix_ns = 0;
        made.user = user_name();
        made.host = host_name();
        job_.records.snapshots.create(made, job_.stack.recolored_files(from, color, made.id));
        job_.progress.note(chosen_.id + " was of the color that serves; started as " + made.id);
        chosen_ = made;
        outcome_.snapshot = made.id;
        outcome_.target = color;
    }

    // The color still runs this snapshot and answers through nginx.
    bool is_instant() {
        const std::optional<SnapshotMetadata> there = job_.deployed(target_.color);
        if (!there || there->id != target_.snapshot) {
            outcome_.why_not_instant =
                fmt::format("{} holds {}", name_of(target_.color), there ? there->id : "nothing");
            return false;
        }
        endpoints_ = endpoints_of(job_.table(), target_.splits(), target_.color);
        for (const SplitEndpoints& split : endpoints_) {
            if (split.addresses.empty()) {
                outcome_.why_not_instant = fmt::format("{} was cleaned up", name_of(target_.color));
                return false;
            }
        }
        job_.progress.phase("smoke");  // nothing is changed that had to be settled
        try {
            outcome_.smoke = smoke_test(job_, target_, kInstantPatience);
            return true;
        } catch (const Error& error) {
            outcome_.why_not_instant = error.what();
            return false;
        }
    }

    void bring_back() {
        job_.progress.note("not instant: " + outcome_.why_not_instant);
        outcome_.brought_back = true;
        job_.begin("images");
        job_.records.snapshots.verify(chosen_);
        job_.stack.verify_images(chosen_.images, job_.progress);
        chosen_.deployed_unix_ns = now_unix_ns();
        job_.records.snapshots.update(chosen_);
        const SnapshotRef ref = job_.records.snapshots.ref(chosen_.id);
        job_.begin("standby");
        job_.stack.start_shared(
            ref, std::chrono::seconds(static_cast<long>(options_.health_timeout_s)), job_.progress);
        job_.stack.bring_up(target_.color, ref, job_.progress);
        job_.begin("health");
        HealthOptions health;
        health.timeout_s = options_.health_timeout_s;
        health.interval_s = options_.health_interval_s;
        health.successes = job_.settings.health_successes;
        // What the snapshot had: the project's files may have changed, or be broken by now.
        const StackDefinition then = definition_of(chosen_);
        health.definition = &then;
        const HealthReport report =
            wait_until_healthy(job_.stack, target_.color, health, job_.progress);
        if (!report.healthy) {
            tell_failures(report, job_.progress);
            throw Error(ExitCode::deployment_failed, report.problem,
                        "teal logs --color " + std::string(name_of(target_.color)));
        }
        job_.begin("smoke");
        endpoints_ = announce_instances(job_, target_);
        outcome_.smoke = smoke_test(job_, target_, kSmokePatience);
    }

    DeploymentJob& job_;
    const RollbackOptions& options_;
    SnapshotMetadata chosen_;
    Target target_;
    std::vector<SplitEndpoints> endpoints_;
    RollbackOutcome outcome_;
};

}  // namespace

namespace {

// The snapshot that a rolling update began with, or that a rollback of one was stopped on its way
// to; nothing when what serves came in another way.
std::optional<SnapshotMetadata> rolled_from(const DeploymentJob& job) {
    const std::vector<SnapshotMetadata> snapshots = job.records.snapshots.list();
    const std::vector<std::string> splits = recorded_splits(snapshots, job.table());
    const std::optional<Color> active = splits.empty() ? std::nullopt : job.serving(splits).active;
    const std::optional<SnapshotMetadata> serving =
        active ? deployed_on(snapshots, *active) : std::nullopt;
    if (!serving || serving->rolled_from.empty()) {
        return std::nullopt;
    }
    const std::optional<RunRecord> unfinished = unfinished_run(job.records, active);
    const bool on_its_way = unfinished && !unfinished->back_to.empty();
    return job.records.snapshots.load(on_its_way ? unfinished->back_to : serving->rolled_from);
}

RollbackOutcome roll_back_services(DeploymentJob& job, const SnapshotMetadata& to,
                                   const RollbackOptions& options) {
    RollingOptions rolling;
    rolling.health_timeout_s = options.health_timeout_s;
    rolling.health_interval_s = options.health_interval_s;
    rolling.drain_timeout_s = options.drain_timeout_s;
    rolling.watch_s = 0;  // what it returns to has served before
    RollbackOutcome outcome;
    outcome.rolled = roll_back_to(job, to, rolling);
    outcome.target = outcome.rolled->color;
    outcome.from = outcome.rolled->color;
    outcome.snapshot = outcome.rolled->snapshot;
    outcome.was_serving = outcome.rolled->snapshot.empty();
    outcome.seconds = outcome.rolled->seconds;
    return outcome;
}

}  // namespace

RollbackOutcome roll_back(DeploymentJob& job, const RollbackOptions& options) {
    if (const auto to = options.to.empty() ? rolled_from(job) : std::nullopt) {
        return roll_back_services(job, *to, options);
    }
    return Rollback(job, options).run();
}

}  // namespace teal::cli
