#include "cli/deployment/perform.hpp"

#include "cli/deployment/backup_before.hpp"
#include "cli/deployment/cleanup.hpp"
#include "cli/deployment/failure_lines.hpp"
#include "cli/deployment/migration_check.hpp"
#include "cli/deployment/ramp_records.hpp"
#include "cli/deployment/ramp_standby.hpp"
#include "cli/deployment/standby.hpp"
#include "cli/error.hpp"
#include "cli/traffic/hold.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

StandbyOptions standby_options(const PerformOptions& options) {
    StandbyOptions standby;
    standby.fetch = options.fetch;
    standby.skip_health = options.skip_health;
    // A deployment that nobody checked is not tested here either, unless it is to be switched to.
    standby.skip_smoke = options.skip_health && !options.auto_switch;
    standby.health_timeout_s = options.health_timeout_s;
    standby.health_interval_s = options.health_interval_s;
    return standby;
}

class Deployment {
public:
    Deployment(DeploymentJob& job, const PerformOptions& options)
        : job_(job), options_(options), standby_(job, standby_options(options)) {}

    PerformOutcome run() {
        standby_.choose();
        outcome_.target = target().color;
        outcome_.from = standby_.active();
        check_migrations();
        if (options_.migration) {  // known before the standby is built, not after
            demand_holding_nginx(job_.nginx, job_.table(), {});
        }
        back_up();
        try {
            standby_.make_ready();
        } catch (const Error& error) {
            fail(error);
        }
        outcome_.snapshot = target().snapshot;
        outcome_.smoke = standby_.smoke();
        if (options_.ramp && outcome_.from) {  // the first version has nothing to be compared with
            take_traffic_by_steps();
            return done();
        }
        if (!is_confirmed()) {
            job_.finish("deployed", outcome_.declined ? "the switch was declined" : "", 0);
            return done();
        }
        take_traffic();
        return done();
    }

private:
    const Target& target() const { return standby_.target(); }

    PerformOutcome done() {
        prune();
        outcome_.seconds = job_.seconds();
        return outcome_;
    }

    // New migrations run while the old version serves.
    void check_migrations() {
        if (!outcome_.from) {
            return;
        }
        const auto serving = job_.deployed(*outcome_.from);
        const MigrationCheck check = check_new_migrations(
            job_.stack.definition().migrations, serving ? serving->migrations : std::nullopt,
            lint_options(job_.settings));
        if (check.safe()) {
            return;
        }
        if (options_.allow_migrations.empty()) {
            throw failure(check.problem(name_of(*outcome_.from)), check.remedy());
        }
        job_.allow_migrations(options_.allow_migrations);
        job_.progress.warning(check.problem(name_of(*outcome_.from)) +
                              "; allowed: " + options_.allow_migrations);
    }

    void back_up() {
        if (!options_.backup) {
            return;
        }
        job_.set_target(target().color, "", outcome_.from);
        try {
            outcome_.backup = backup_before(job_, *options_.backup, target().color, outcome_.from);
        } catch (const Error& error) {
            job_.finish("failed", error.what(), 0);
            throw Error(ExitCode::deployment_failed,
                        std::string("the deployment failed in phase backup, and nothing was "
                                    "deployed: ") +
                            error.what(),
                        error.next_step());
        }
        job_.set_backup(outcome_.backup);
        standby_.set_backup(outcome_.backup);
    }

    bool is_confirmed() {
        if (options_.auto_switch) {
            return true;
        }
        if (options_.skip_health || !options_.confirm) {
            return false;
        }
        job_.begin("question");
        outcome_.declined = !options_.confirm(
            fmt::format("Switch traffic{} to {}?",
                        outcome_.from ? std::string(" from ") + name_of(*outcome_.from) : "",
                        name_of(target().color)));
        return !outcome_.declined;
    }

    void take_traffic() {
        try {
            job_.begin(options_.migration ? "hold" : "switch");
            // Asked again: the question may have taken hours.
            const std::vector<SplitEndpoints> endpoints =
                entry_endpoints(target().entries, job_.stack.instances(target().color));
            if (options_.migration) {
                outcome_.held = switch_held(job_, target(), endpoints, *options_.migration);
                outcome_.change = outcome_.held->change;
            } else {
                outcome_.change = switch_and_record(job_, target(), endpoints);
            }
            outcome_.switched = true;
            job_.progress.note(fmt::format("{} serves since generation {}", name_of(target().color),
                                           outcome_.change.generation));
        } catch (const Interrupted& error) {
            fail(error, "interrupted");
        } catch (const Error& error) {
            if (error.code() == ExitCode::not_applied) {
                job_.finish("switched", error.what(), 0);
                throw;
            }
            fail(error);
        }
        watch();
        drain_and_clean_up();
        job_.finish("switched", outcome_.held ? held_text(*outcome_.held) : "",
                    outcome_.change.generation);
    }

    void take_traffic_by_steps() {
        job_.begin(kRampPhaseName);
        Ramp ramp;
        try {
            ramp = ramp_standby(job_, target(), *options_.ramp, options_.on_ramp_event,
                                outcome_.change);
        } catch (const Error& error) {
            fail(error);
        }
        if (ramp.phase != RampPhase::promoted) {
            job_.finish(phase_text(ramp.phase), verdict_line(ramp), ramp.generation);
            prune();
            throw Error(
                exit_code_of(ramp.phase),
                fmt::format("the canary was {}: {}", phase_text(ramp.phase), verdict_line(ramp)),
                fmt::format("teal canary status; {} is kept: teal logs --color {}",
                            name_of(target().color), name_of(target().color)));
        }
        outcome_.switched = true;
        watch();
        drain_and_clean_up();
        job_.finish(phase_text(ramp.phase), verdict_line(ramp), ramp.generation);
    }

    void watch() {
        if (options_.watch_s <= 0 || !outcome_.from) {
            return;  // without a color to go back to, watching could change nothing
        }
        job_.begin("watch");
        outcome_.watch = watch_color(job_.nginx, job_.stack, target().splits(), target().color,
                                     milliseconds_of(options_.watch_s), job_.progress);
        if (outcome_.watch.sane) {
            return;
        }
        switch_back();
    }

    [[noreturn]] void switch_back() {
        job_.begin("switch back");
        std::vector<SplitEndpoints> as_they_are;
        for (const std::string& split : target().splits()) {
            as_they_are.push_back({split, {}});
        }
        const Change change = switch_traffic(job_.terms(), as_they_are, *outcome_.from);
        job_.tell_switch(target().splits(), *outcome_.from);
        SnapshotMetadata metadata = job_.records.snapshots.load(target().snapshot);
        metadata.served_unix_ns = 0;  // it is nothing to roll back to
        job_.records.snapshots.update(metadata);
        job_.records.write_active(*outcome_.from);
        tell_last_lines(job_.stack, target().color, target().entries, job_.progress);
        job_.finish("switched back", outcome_.watch.problem, change.generation);
        remove_if_asked();
        throw Error(
            ExitCode::deployment_failed,
            fmt::format("switched back to {}: {}", name_of(*outcome_.from), outcome_.watch.problem),
            next_after_failure());
    }

    void drain_and_clean_up() {
        if (!outcome_.from) {
            return;
        }
        job_.begin("drain");
        outcome_.left_in_flight =
            drain_color(job_.nginx, target().splits(), *outcome_.from,
                        milliseconds_of(options_.drain_timeout_s), job_.progress);
        if (outcome_.left_in_flight > 0) {
            job_.progress.note(fmt::format("{} requests of {} are still in flight after {:g} s",
                                           outcome_.left_in_flight, name_of(*outcome_.from),
                                           options_.drain_timeout_s));
        }
        if (!options_.auto_cleanup) {
            return;
        }
        job_.begin("cleanup");
        withdraw(job_.terms(), target().splits(), *outcome_.from);
        job_.stack.stop(*outcome_.from,
                        std::chrono::seconds(static_cast<long>(job_.settings.stop_grace_s)),
                        Removal::keep, job_.progress);
        outcome_.cleaned_up = true;
    }

    void prune() {
        try {
            prune_snapshots(job_);
        } catch (const Error& error) {
            job_.progress.warning(std::string("old snapshots: ") + error.what());
        }
    }

    [[noreturn]] void fail(const Error& error, const std::string& outcome = "failed") {
        const std::string phase = job_.phase();
        const bool is_migrations = phase == "hold" || phase == "migration";
        if (!standby_.failure_told() && !is_migrations) {
            tell_last_lines(job_.stack, target().color, target().entries, job_.progress);
        }
        job_.finish(outcome, error.what(), 0);
        remove_if_asked();
        prune();
        const char* const happened = outcome == "failed" ? "failed" : "was interrupted";
        throw Error(ExitCode::deployment_failed,
                    fmt::format("the deployment {} in phase {}: {}", happened, phase, error.what()),
                    error.next_step().empty() ? next_after_failure() : error.next_step());
    }

    std::string next_after_failure() const {
        return fmt::format("teal logs --color {}; {} keeps serving", name_of(target().color),
                           outcome_.from ? name_of(*outcome_.from) : "nothing");
    }

    void remove_if_asked() {
        if (!options_.remove_failed) {
            return;
        }
        try {
            withdraw(job_.terms(), target().splits(), target().color);
            job_.stack.stop(target().color,
                            std::chrono::seconds(static_cast<long>(job_.settings.stop_grace_s)),
                            Removal::remove, job_.progress);
        } catch (const Error& error) {
            job_.progress.warning(std::string("the failed standby was not removed: ") +
                                  error.what());
        }
    }

    DeploymentJob& job_;
    const PerformOptions& options_;
    Standby standby_;
    PerformOutcome outcome_;
};

}  // namespace

PerformOutcome perform(DeploymentJob& job, const PerformOptions& options) {
    return Deployment(job, options).run();
}

}  // namespace teal::cli
