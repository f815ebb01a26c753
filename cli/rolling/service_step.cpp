#include "cli/rolling/service_step.hpp"

#include "cli/error.hpp"
#include "cli/rolling/beside_step.hpp"
#include "cli/rolling/entry_hold.hpp"
#include "cli/rolling/in_place_step.hpp"

#include <fmt/format.h>
#include <chrono>
#include <optional>

namespace teal::cli {
namespace {

using std::chrono::steady_clock;

void bring_to(RollingRun& run, const PlannedStep& step, Version version) {
    switch (step.means) {
        case Means::beside:
            return roll_beside(run, step, version);
        case Means::in_place:
            return roll_in_place(run, step, version);
        case Means::job:
            return roll_job(run, step, version);
        case Means::removal:
        case Means::up_to_date:
            return;
    }
}

// A service that is new has nothing to go back to: what was started of it goes.
void restore(RollingRun& run, const PlannedStep& step) {
    if (step.means == Means::job || step.means == Means::removal) {
        run.say(step.service, Version::before);
        return;  // it has run, or some of it has ended: neither can be undone
    }
    if (step.fresh) {
        remove_service(run, step);
        run.say(step.service, Version::before);
        return;
    }
    bring_to(run, step, Version::before);
}

std::string done_text(const StepRecord& record) {
    std::string text = fmt::format("{}: updated in {:.1f} s", record.service, record.seconds);
    if (record.downtime_s > 0) {
        text += fmt::format(", interrupted for {:.2f} s", record.downtime_s);
    }
    if (record.held > 0) {
        text += fmt::format("; {} requests waited, the longest {:.2f} s", record.held,
                            record.longest_hold_s);
    }
    return text;
}

// `touched`: something of the service may be another already.
bool fail(RollingRun& run, const PlannedStep& step, const Error& error, bool touched) {
    StepRecord& record = run.step(step.service);
    record.problem = error.what();
    run.record.problem = fmt::format("{}: {}", step.service, error.what());
    run.job.progress.service(step.service, "failed, going back");
    try {
        if (touched) {
            restore(run, step);
        }
        record.restored = true;
    } catch (const Error& second) {
        record.problem += fmt::format("; and it could not be put back: {}", second.what());
        run.record.problem += fmt::format("; and it could not be put back: {}", second.what());
        run.job.progress.warning(step.service + " could not be put back: " + second.what());
    }
    record.state = StepState::failed;
    return false;
}

}  // namespace

bool do_step(RollingRun& run, const PlannedStep& step) {
    StepRecord& record = run.step(step.service);
    if (step.means == Means::up_to_date) {
        run.job.progress.service(step.service, "up to date");
        return true;
    }
    const auto start = steady_clock::now();
    run.job.progress.service(step.service, "Updating...");
    record.state = StepState::working;
    run.save();
    bool well = true;
    bool touched = false;
    {
        std::optional<EntryHold> hold;
        try {
            if (step.means == Means::in_place) {
                hold.emplace(run, step);
            }
            touched = true;
            if (step.means == Means::removal) {
                remove_service(run, step);
            } else {
                bring_to(run, step, Version::target);
            }
        } catch (const Error& error) {
            well = fail(run, step, error, touched);
        }
    }
    record.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
    if (well) {
        record.state = StepState::done;
        run.job.progress.note(done_text(record));
    }
    run.save();
    return well;
}

}  // namespace teal::cli
