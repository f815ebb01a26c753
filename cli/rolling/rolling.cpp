#include "cli/rolling/rolling.hpp"

#include "cli/deployment/cleanup.hpp"
#include "cli/deployment/standby.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/rolling/preparation.hpp"
#include "cli/rolling/service_step.hpp"
#include "cli/rolling/settle.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

constexpr const char* kHeadings[] = {"Phase 1: Update non-critical services",
                                     "Phase 2: Update critical services (one at a time)"};

class Rolling {
public:
    Rolling(DeploymentJob& job, const RollingOptions& options, std::string back_to)
        : job_(job), options_(options), preparation_(job, options_, std::move(back_to)) {}

    RollingOutcome go() {
        preparation_.check();
        try {
            preparation_.make_run();
        } catch (const Error& error) {
            job_.finish("failed", error.what(), 0);
            preparation_.drop_run();
            throw Error(
                error.code() == ExitCode::usage ? error.code() : ExitCode::deployment_failed,
                fmt::format("the rolling update failed before any service was touched: {}",
                            error.what()),
                error.next_step());
        }
        outcome_.color = preparation_.color();
        outcome_.from = preparation_.before().id;
        outcome_.order = preparation_.order();
        for (const std::string& note : outcome_.order.notes) {
            job_.progress.note(note);
        }
        if (!outcome_.order.changes_anything()) {
            job_.set_target(outcome_.color, outcome_.from, outcome_.color);
            job_.finish("unchanged", "nothing differs", 0);
            preparation_.drop_run();
            outcome_.seconds = job_.seconds();
            return outcome_;
        }
        run_steps(preparation_.begin_run());
        outcome_.seconds = job_.seconds();
        prune();
        return outcome_;
    }

private:
    void run_steps(RollingRun& run) {
        outcome_.snapshot = run.record.snapshot;
        for (const int phase : {1, 2}) {
            const bool any =
                std::any_of(outcome_.order.steps.begin(), outcome_.order.steps.end(),
                            [phase](const PlannedStep& step) { return step.phase == phase; });
            if (!any || outcome_.stopped) {
                continue;
            }
            job_.begin(fmt::format("phase {}", phase));
            job_.progress.heading(kHeadings[phase - 1]);
            for (const PlannedStep& step : outcome_.order.steps) {
                if (step.phase == phase && !outcome_.stopped) {
                    outcome_.stopped = !do_step(run, step);
                }
            }
        }
        end(run);
    }

    void end(RollingRun& run) {
        run.record.state = outcome_.stopped ? RunState::stopped : RunState::done;
        run.record.ended_unix_ns = now_unix_ns();
        if (!outcome_.stopped) {
            run.metadata.entries = preparation_.target_entries();
        }
        run.metadata.images = preparation_.images_of(run.record, false);
        job_.records.snapshots.update(run.metadata);
        try {
            record_instances(job_, run.metadata);
        } catch (const Error& error) {
            job_.progress.warning(std::string("containers.txt: ") + error.what());
        }
        run.save();
        outcome_.record = run.record;
        job_.finish(outcome_.stopped ? "failed" : "rolled", run.record.problem, 0);
    }

    void prune() {
        try {
            prune_snapshots(job_);
        } catch (const Error& error) {
            job_.progress.warning(std::string("old snapshots: ") + error.what());
        }
    }

    DeploymentJob& job_;
    const RollingOptions options_;
    RunPreparation preparation_;
    RollingOutcome outcome_;
};

// What a run that has not ended was asked, unless something else is asked now.
RollingOptions asked_before(RollingOptions options, const RunRecord& unfinished) {
    if (options.services.empty()) {
        options.services = unfinished.asked;
    }
    return options;
}

std::optional<Color> active_of(const DeploymentJob& job) {
    const std::vector<std::string> splits = job.recorded();
    return splits.empty() ? std::nullopt : job.serving(splits).active;
}

}  // namespace

RollingOutcome roll(DeploymentJob& job, const RollingOptions& options) {
    const std::optional<RunRecord> unfinished = unfinished_run(job.records, active_of(job));
    if (options.carry_on && !unfinished) {
        throw nothing_there("there is no rolling update to carry on",
                            "begin one: teal upgrade rolling");
    }
    if (!unfinished) {
        return Rolling(job, options, "").go();
    }
    job.progress.note("carries on what was begun " + utc_text(unfinished->started_unix_ns) + ": " +
                      summary_of(*unfinished, false));
    if (options.carry_on) {
        return Rolling(job, asked_before(options, *unfinished), unfinished->back_to).go();
    }
    return Rolling(job, options, "").go();
}

RollingOutcome roll_back_to(DeploymentJob& job, const SnapshotMetadata& snapshot,
                            const RollingOptions& options) {
    return Rolling(job, options, snapshot.id).go();
}

}  // namespace teal::cli
