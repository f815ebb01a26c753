#include "cli/ramp/machine.hpp"

#include "cli/error.hpp"
#include "cli/traffic/percent.hpp"
#include "shared/table/layout.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace teal::cli {
namespace {

using table::kTotalPpm;

void log(Ramp& ramp, const Sight& sight, RampEventKind kind, std::string text, const Who& who) {
    RampLogEntry entry{sight.now_unix_ns, kind, std::move(text), who.by, who.reason, {}};
    for (const SplitSight& split : sight.splits) {
        if (split.evaluated) {
            entry.evidence.push_back(split.evidence);
        }
    }
    ramp.log.push_back(std::move(entry));
}

void stop_time(Ramp& ramp, std::uint64_t now) {
    ramp.held_ns = ramp.held_at(now);
    ramp.running_since_ns = 0;
}

// A new weight; its data and its time begin to count.
void give_weight(Ramp& ramp, std::uint32_t ppm, const Sight& sight) {
    ramp.weight_ppm = ppm;
    ramp.held_ns = 0;
    ramp.running_since_ns = sight.now_unix_ns;
    ramp.published = false;
    for (std::size_t i = 0; i < ramp.splits.size(); ++i) {
        const bool known = i < sight.splits.size() && sight.splits[i].evaluated;
        ramp.splits[i].done_before_step = known ? sight.splits[i].evidence.canary_done : 0;
    }
}

void end(Ramp& ramp, RampPhase phase, RampEventKind kind, const std::string& text, const Who& who,
         const Sight& sight) {
    log(ramp, sight, kind, text, who);
    stop_time(ramp, sight.now_unix_ns);
    ramp.phase = phase;
    ramp.lease_expires_unix_ns = 0;
    ramp.published = false;
    ramp.recorded = false;
}

void end_promoted(Ramp& ramp, const Who& who, const Sight& sight) {
    end(ramp, RampPhase::promoted, RampEventKind::promoted,
        ramp.splits.front().canary + " has all traffic", who, sight);
    ramp.weight_ppm = kTotalPpm;
}

void enter_next_step(Ramp& ramp, const Sight& sight) {
    const std::size_t next = ramp.next_step();
    if (next == ramp.terms.steps.size()) {
        end_promoted(ramp, {}, sight);
        return;
    }
    const std::uint32_t ppm = ramp.terms.steps[next];
    if (!ramp.is_approved(ppm)) {
        stop_time(ramp, sight.now_unix_ns);
        ramp.phase = RampPhase::approval;
        log(ramp, sight, RampEventKind::approval_wanted, percent_text(ppm), {});
        return;
    }
    if (ppm == kTotalPpm) {
        end_promoted(ramp, {}, sight);
        return;
    }
    ramp.phase = RampPhase::running;
    give_weight(ramp, ppm, sight);
    log(ramp, sight, RampEventKind::step_reached, percent_text(ppm), {});
}

std::string failures_text(const RampSplit& split, const EvidenceNote& evidence) {
    return fmt::format("{}: {} of {} attempts of {} failed, of {} {} of {}", split.split,
                       evidence.canary_bad, evidence.canary_done, split.canary, split.baseline,
                       evidence.baseline_bad, evidence.baseline_done);
}

bool end_if_tripped(Ramp& ramp, const Sight& sight) {
    for (std::size_t i = 0; i < ramp.splits.size(); ++i) {
        if (sight.splits[i].tripped_unix_ns != 0) {
            end(ramp, RampPhase::tripped, RampEventKind::tripped,
                failures_text(ramp.splits[i], sight.splits[i].evidence), {}, sight);
            ramp.weight_ppm = 0;
            return true;
        }
    }
    return false;
}

bool end_if_changed(Ramp& ramp, const Sight& sight) {
    for (const SplitSight& split : sight.splits) {
        if (ramp.published && !split.changed_by_others.empty()) {
            end(ramp, RampPhase::aborted, RampEventKind::aborted, split.changed_by_others, {},
                sight);
            ramp.abandoned = true;
            return true;
        }
    }
    return false;
}

void end_inconclusive(Ramp& ramp, const Sight& sight) {
    const bool held = ramp.terms.on_inconclusive == OnInconclusive::hold;
    end(ramp, RampPhase::inconclusive, RampEventKind::inconclusive,
        fmt::format("{} at {}; {}",
                    had_data(ramp, sight) ? "not enough evidence" : "the canary had no requests",
                    percent_text(ramp.weight_ppm),
                    held ? "traffic stays so" : "traffic is back on the baseline"),
        {}, sight);
    if (!held) {
        ramp.weight_ppm = 0;
    }
}

// Time in which nobody renewed the lease, and the canary had no traffic, does not count.
void keep_lease(Ramp& ramp, std::uint64_t now) {
    const std::uint64_t expired = ramp.lease_expires_unix_ns;
    if (expired != 0 && expired < now && !ramp.terms.lease_holds && ramp.running_since_ns != 0) {
        ramp.held_ns = ramp.held_at(expired);
        ramp.running_since_ns = now;
    }
    if (now + ramp.terms.lease_ns > expired + ramp.terms.lease_ns / 3) {
        ramp.lease_expires_unix_ns = now + ramp.terms.lease_ns;
        ramp.published = false;
    }
}

void demand_under_way(const Ramp& ramp) {
    if (has_ended(ramp.phase)) {
        throw wrong_input(
            fmt::format("the ramp of {} has ended: {}", split_names(ramp), phase_text(ramp.phase)),
            ramp.is_left_undecided() ? "decide what becomes of it: teal canary promote, or abort"
                                     : "begin another one: teal canary start");
    }
}

void demand_decidable(const Ramp& ramp) {
    if (!ramp.is_left_undecided()) {
        demand_under_way(ramp);
    }
}

void demand_other_than_starter(const Ramp& ramp, const Who& who) {
    if (ramp.terms.four_eyes && who.by == ramp.starter) {
        throw wrong_input(fmt::format("{} started this ramp, and --four-eyes asks for somebody "
                                      "else's approval",
                                      who.by),
                          "let another user run: teal canary approve");
    }
}

// Going over steps that wait for somebody approves them; the ramp is changed by `note`.
std::vector<Approval> approvals_up_to(const Ramp& ramp, std::uint32_t ppm, const Who& who,
                                      std::uint64_t now) {
    std::vector<Approval> given;
    for (const std::uint32_t step : ramp.terms.steps) {
        if (step > ramp.weight_ppm && step <= ppm && !ramp.is_approved(step)) {
            given.push_back({step, who.by, who.reason, now});
        }
    }
    if (!given.empty()) {
        demand_other_than_starter(ramp, who);
    }
    return given;
}

void add(Ramp& ramp, const std::vector<Approval>& given) {
    ramp.approvals.insert(ramp.approvals.end(), given.begin(), given.end());
}

}  // namespace

bool enough_evidence(const EvidenceNote& evidence) {
    return evidence.log_no_worse >= -std::log(kPromotionAlpha);
}

bool had_data(const Ramp& ramp, const Sight& sight) {
    for (std::size_t i = 0; i < ramp.splits.size(); ++i) {
        const std::uint64_t done = sight.splits[i].evidence.canary_done;
        const std::uint64_t before = ramp.splits[i].done_before_step;
        // Fewer than before: nginx was started anew and counts from nothing.
        if (!sight.splits[i].evaluated || done == before || done == 0) {
            return false;
        }
    }
    return true;
}

void begin_ramp(Ramp& ramp, const Sight& sight) {
    ramp.lease_expires_unix_ns = sight.now_unix_ns + ramp.terms.lease_ns;
    log(ramp, sight, RampEventKind::started, ramp.splits.front().canary, {ramp.starter, ""});
    enter_next_step(ramp, sight);
}

void advance_ramp(Ramp& ramp, const Sight& sight) {
    if (has_ended(ramp.phase) || end_if_tripped(ramp, sight) || end_if_changed(ramp, sight)) {
        return;
    }
    keep_lease(ramp, sight.now_unix_ns);
    if (ramp.phase != RampPhase::running) {
        return;
    }
    const std::uint64_t held = ramp.held_at(sight.now_unix_ns);
    const bool proven =
        !ramp.terms.until_evidence ||
        std::all_of(sight.splits.begin(), sight.splits.end(),
                    [](const SplitSight& split) { return enough_evidence(split.evidence); });
    if (held >= ramp.terms.hold_ns && had_data(ramp, sight) && proven) {
        enter_next_step(ramp, sight);
    } else if (held >= ramp.terms.patience_ns) {
        end_inconclusive(ramp, sight);
    }
}

void pause_ramp(Ramp& ramp, const Who& who, const Sight& sight) {
    demand_under_way(ramp);
    if (ramp.phase == RampPhase::paused) {
        throw wrong_input("the ramp of " + split_names(ramp) + " is paused already",
                          "teal canary resume, promote or abort");
    }
    stop_time(ramp, sight.now_unix_ns);
    ramp.phase = RampPhase::paused;
    log(ramp, sight, RampEventKind::paused, percent_text(ramp.weight_ppm), who);
}

void resume_ramp(Ramp& ramp, const Who& who, const Sight& sight) {
    demand_under_way(ramp);
    if (ramp.phase != RampPhase::paused) {
        throw wrong_input(
            fmt::format("the ramp of {} is not paused: {}", split_names(ramp),
                        phase_text(ramp.phase)),
            ramp.phase == RampPhase::approval ? "teal canary approve" : "teal canary status");
    }
    ramp.phase = RampPhase::running;
    ramp.running_since_ns = sight.now_unix_ns;
    log(ramp, sight, RampEventKind::resumed, percent_text(ramp.weight_ppm), who);
    if (ramp.weight_ppm == 0) {
        enter_next_step(ramp, sight);  // at nothing no data would ever come
    }
}

void set_ramp(Ramp& ramp, std::uint32_t ppm, const Who& who, const Sight& sight) {
    demand_under_way(ramp);
    add(ramp, approvals_up_to(ramp, ppm, who, sight.now_unix_ns));
    give_weight(ramp, ppm, sight);
    stop_time(ramp, sight.now_unix_ns);
    ramp.phase = RampPhase::paused;
    log(ramp, sight, RampEventKind::weight_set, percent_text(ppm), who);
}

void approve_ramp(Ramp& ramp, const Who& who, const Sight& sight) {
    demand_under_way(ramp);
    if (ramp.phase != RampPhase::approval) {
        throw wrong_input(fmt::format("nothing waits for an approval: the ramp of {} is {}",
                                      split_names(ramp), phase_text(ramp.phase)),
                          "teal canary status");
    }
    demand_other_than_starter(ramp, who);
    const std::uint32_t step = ramp.terms.steps[ramp.next_step()];
    ramp.approvals.push_back({step, who.by, who.reason, sight.now_unix_ns});
    log(ramp, sight, RampEventKind::approved, percent_text(step), who);
    enter_next_step(ramp, sight);
}

void promote_ramp(Ramp& ramp, const Who& who, const Sight& sight) {
    demand_decidable(ramp);
    add(ramp, approvals_up_to(ramp, kTotalPpm, who, sight.now_unix_ns));
    end_promoted(ramp, who, sight);
}

void abort_ramp(Ramp& ramp, const Who& who, const Sight& sight) {
    demand_decidable(ramp);
    end(ramp, RampPhase::aborted, RampEventKind::aborted,
        ramp.splits.front().canary + " has no traffic any more", who, sight);
    ramp.weight_ppm = 0;
}

}  // namespace teal::cli
