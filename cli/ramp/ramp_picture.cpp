#include "cli/ramp/ramp_picture.hpp"

#include "cli/ramp/ramp_table.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <cmath>

namespace teal::cli {
namespace {

ArmPicture arm(const std::string& variant, std::uint32_t ppm, std::uint64_t attempts,
               std::uint64_t failures) {
    return {variant, ppm, attempts, failures, share_interval(failures, attempts)};
}

// Of a ramp that ended, what was known when it did: the counters may be another ramp's by now.
EvidenceNote evidence_of(const Ramp& ramp, const SplitSight& seen) {
    if (has_ended(ramp.phase) && !ramp.is_left_undecided() && !ramp.log.empty()) {
        for (const EvidenceNote& note : ramp.log.back().evidence) {
            if (note.split == seen.evidence.split) {
                return note;
            }
        }
    }
    return seen.evidence;
}

RampSplitPicture picture_of(const Ramp& ramp, const RampSplit& split, const SplitSight& seen) {
    const EvidenceNote evidence = evidence_of(ramp, seen);
    RampSplitPicture picture;
    picture.split = split.split;
    picture.canary = arm(split.canary, ramp.weight_ppm, evidence.canary_done, evidence.canary_bad);
    const std::uint32_t rest = table::kTotalPpm - ramp.weight_ppm;
    picture.baseline = arm(split.baseline, rest, evidence.baseline_done, evidence.baseline_bad);
    picture.evaluated = seen.evaluated;
    picture.tripped = seen.tripped_unix_ns != 0;
    picture.log_evidence = evidence.log_evidence;
    picture.threshold = evidence.threshold;
    picture.log_no_worse = evidence.log_no_worse;
    picture.promotion_threshold = -std::log(kPromotionAlpha);
    return picture;
}

void say_what_is_waited_for(RampPicture& picture, const Sight& sight) {
    const Ramp& ramp = picture.ramp;
    const std::string split = " --split " + ramp.name();
    if (ramp.phase == RampPhase::approval) {
        picture.waits =
            fmt::format("{} waits for an approval{}", percent_text(*picture.next_step),
                        ramp.terms.four_eyes ? " by somebody else than " + ramp.starter : "");
        picture.command = "teal canary approve" + split;
    } else if (ramp.phase == RampPhase::paused) {
        picture.waits = "paused: somebody has to let it go on";
        picture.command = "teal canary resume" + split;
    } else if (ramp.is_left_undecided()) {
        picture.waits = "undecided: somebody has to decide";
        picture.command = "teal canary promote" + split + ", or teal canary abort" + split;
    } else if (has_ended(ramp.phase)) {
        return;
    } else if (!had_data(ramp, sight)) {
        picture.waits = "for requests to " + ramp.splits.front().canary;
    } else if (ramp.terms.until_evidence) {
        picture.waits = "for evidence that " + ramp.splits.front().canary + " is no worse";
    }
    if (!has_ended(ramp.phase) && picture.driver.empty()) {
        picture.waits +=
            std::string(picture.waits.empty() ? "" : "; ") + "nobody drives it: start teal agent";
    }
}

}  // namespace

RampPicture take_picture(RampControl& control, const Ramp& ramp) {
    RampPicture picture;
    picture.ramp = ramp;
    picture.driver = control.store().driver_of(ramp.name());
    const Sight sight = control.look(ramp);
    picture.now_unix_ns = sight.now_unix_ns;
    picture.held_ns = ramp.held_at(sight.now_unix_ns);
    if (!has_ended(ramp.phase)) {
        if (const std::size_t next = ramp.next_step(); next < ramp.terms.steps.size()) {
            picture.next_step = ramp.terms.steps[next];
        }
        picture.left_ns =
            ramp.terms.hold_ns > picture.held_ns ? ramp.terms.hold_ns - picture.held_ns : 0;
    }
    for (std::size_t i = 0; i < ramp.splits.size(); ++i) {
        picture.splits.push_back(picture_of(ramp, ramp.splits[i], sight.splits[i]));
    }
    say_what_is_waited_for(picture, sight);
    return picture;
}

}  // namespace teal::cli
