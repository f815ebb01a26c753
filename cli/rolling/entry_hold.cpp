#include "cli/rolling/entry_hold.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/hold.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace teal::cli {
namespace {

using std::chrono::steady_clock;

// What is in flight may take so much of the hold; the replacement needs the rest.
constexpr double kDrainShare = 0.25;

std::chrono::nanoseconds hold_time(double seconds) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

struct HoldFigures {
    std::uint64_t held = 0;
    std::uint64_t expired = 0;
    double longest_s = 0;
};

HoldFigures figures_of(const NginxView& nginx, const std::vector<std::string>& splits) {
    HoldFigures sums;
    for (const std::string& split : splits) {
        const counters::HoldSums one = hold_sums_of(nginx, split);
        sums.held += one.held;
        sums.expired += one.expired;
        sums.longest_s = std::max(sums.longest_s, static_cast<double>(one.longest_us) / 1e6);
    }
    return sums;
}

}  // namespace

EntryHold::EntryHold(RollingRun& run, const PlannedStep& step) : run_(run), step_(step) {
    if (step.held.empty() || !run.options.hold) {
        return;
    }
    try {
        demand_holding_nginx(run.job.nginx, run.job.table(), step.held);
    } catch (const Error& error) {
        run.job.progress.warning("nothing is held while " + step.service +
                                 " is replaced: " + error.what());
        return;
    }
    const HoldFigures before = figures_of(run.job.nginx, step.held);
    held_before_ = before.held;
    longest_before_s_ = before.longest_s;
    run.record.held = step.held;  // a killed command's are released by whoever carries on
    run.save();
    since_ = steady_clock::now();
    splits_ = step.held;
    try {
        hold(run.job.terms(), splits_, run.options.hold_max);
    } catch (const Error&) {
        let_go();  // one that not all workers apply stands all the same
        throw;
    }
    run.job.progress.service(step.service, "requests of " + listed(splits_) + " wait");
    const double longest_s = std::chrono::duration<double>(run.options.hold_max).count();
    const double patience = std::min(run.options.drain_timeout_s, longest_s * kDrainShare);
    const std::uint64_t left = wait_until_drained(run.job.nginx, splits_, hold_time(patience));
    if (left > 0) {
        run.step(step.service).left_in_flight = left;
        run.job.progress.note(
            fmt::format("{} requests are still in flight after {:g} s", left, patience));
    }
}

EntryHold::~EntryHold() {
    let_go();
}

void EntryHold::let_go() {
    try {
        release();
    } catch (const Error& error) {
        run_.job.progress.warning(std::string("not released: ") + error.what() +
                                  "; teal traffic resume does it");
    }
}

void EntryHold::release() {
    if (splits_.empty()) {
        return;
    }
    const std::vector<std::string> splits = std::exchange(splits_, {});
    teal::cli::release(run_.job.terms(), splits);
    run_.record.held.clear();
    const double lasted = std::chrono::duration<double>(steady_clock::now() - since_).count();
    const HoldFigures now = figures_of(run_.job.nginx, splits);
    StepRecord& record = run_.step(step_.service);
    record.held += now.held - std::min(held_before_, now.held);
    // nginx knows the longest since its counters began; an older, longer one says nothing of this.
    record.longest_hold_s = now.longest_s > longest_before_s_ ? now.longest_s
                            : record.held > 0                 ? lasted
                                                              : 0;
    run_.save();
}

}  // namespace teal::cli
