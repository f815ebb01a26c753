#include "cli/ramp/ramp_table.hpp"

#include "cli/output/quantities.hpp"
#include "cli/traffic/table_session.hpp"
#include "cli/traffic/weight_plan.hpp"
#include "cli/traffic/weights.hpp"
#include "shared/guard/state.hpp"
#include "shared/mapping/shared_word.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

using table::kTotalPpm;
using table::SplitImage;
using table::VariantImage;
using table::VariantState;

constexpr auto kTablePatience = std::chrono::seconds(10);
constexpr double kNoEvidence = -1e9;  // instead of -infinity, which JSON does not have

// The others share what the canary leaves, in the proportion they had before.
void write_weights(const RampSplit& ramped, std::uint32_t canary_ppm, SplitImage& split) {
    std::vector<VariantImage*> others;
    std::vector<std::uint32_t> parts;
    for (VariantImage& variant : split.variants) {
        if (variant.name == ramped.canary) {
            variant.weight_ppm = canary_ppm;
            continue;
        }
        const auto before = ramped.weights_before.find(variant.name);
        others.push_back(&variant);
        parts.push_back(before != ramped.weights_before.end() ? before->second : 0);
    }
    const std::vector<std::uint32_t> shares = share_out(kTotalPpm - canary_ppm, parts);
    for (std::size_t i = 0; i < others.size(); ++i) {
        others[i]->weight_ppm = shares[i];
        if (shares[i] > 0) {
            others[i]->state = VariantState::open;
        }
    }
    split.apply_weights();
}

std::uint8_t place_of(const SplitImage& split, const std::string& variant) {
    return static_cast<std::uint8_t>(split.find(variant) - split.variants.data());
}

void write_guard(const Ramp& ramp, const RampSplit& ramped, SplitImage& split) {
    table::GuardSettings& guard = split.guard;
    guard = {};
    const bool watched = !has_ended(ramp.phase) || ramp.is_left_undecided();
    if (!watched || ramp.abandoned) {
        return;
    }
    guard.armed = 1;
    guard.canary = place_of(split, ramped.canary);
    guard.baseline = place_of(split, ramped.baseline);
    guard.alpha_e9 = ramp.terms.alpha_e9;
    guard.margin_e9 = ramp.terms.margin_e9;
    guard.objective_e9 = ramped.objective_e9;
    guard.horizon_ms = guard::kDefaultHorizon_ms;
    std::copy_n(ramped.slow_us.begin(), std::min<std::size_t>(ramped.slow_us.size(), 3),
                guard.slow_us);
    guard.armed_unix_ns = ramp.armed_unix_ns;
    guard.lease_expires_unix_ns = ramp.lease_expires_unix_ns;
    guard.on_lease_expiry = ramp.terms.lease_holds || ramp.is_left_undecided()
                                ? table::kLeaseHolds
                                : table::kLeaseReturns;
}

void write_split(const Ramp& ramp, const RampSplit& ramped, SplitImage& split) {
    VariantImage& canary = *split.find(ramped.canary);
    VariantImage& baseline = *split.find(ramped.baseline);
    write_guard(ramp, ramped, split);
    if (ramp.abandoned) {
        return;
    }
    write_weights(ramped, ramp.weight_ppm, split);
    const bool gone = has_ended(ramp.phase) && ramp.weight_ppm == 0;
    canary.state = gone ? VariantState::closed : VariantState::open;
    baseline.state = ramp.phase == RampPhase::promoted ? VariantState::closed : VariantState::open;
}

bool same_records(const table::TableImage& one, const table::TableImage& two, const Ramp& ramp) {
    return std::all_of(ramp.splits.begin(), ramp.splits.end(), [&](const RampSplit& ramped) {
        const SplitImage* before = one.find(ramped.split);
        const SplitImage* after = two.find(ramped.split);
        return before == nullptr || table::encode_record(*before) == table::encode_record(*after);
    });
}

EvidenceNote note_of(const std::string& split, const guard::State& state,
                     const guard::Evaluation& evaluation) {
    const guard::CanaryCounts& counts = state.evidence.counts;
    return {split,
            counts.canary.done,
            counts.canary.bad,
            counts.baseline.done,
            counts.baseline.bad,
            std::max(state.log_evidence, kNoEvidence),
            state.threshold,
            std::max(evaluation.log_no_worse(state.evidence), kNoEvidence)};
}

std::string difference(const Ramp& ramp, const RampSplit& ramped, const table::TableImage& image,
                       const NginxView& nginx) {
    const SplitImage* split = image.find(ramped.split);
    const VariantImage* canary = split != nullptr ? split->find(ramped.canary) : nullptr;
    if (canary == nullptr || split->find(ramped.baseline) == nullptr) {
        return ramped.split + " is no longer in the table as it was";
    }
    if (canary->endpoints.empty() &&
        !is_served_without_endpoints(nginx, ramped.split, ramped.canary)) {
        return fmt::format("{} of {} has no endpoint any more", ramped.canary, ramped.split);
    }
    if (split->guard.armed == 0 || split->guard.armed_unix_ns != ramp.armed_unix_ns ||
        canary->weight_ppm != ramp.weight_ppm) {
        return fmt::format("another command changed the traffic of {}", ramped.split);
    }
    return "";
}

}  // namespace

void write_into(const Ramp& ramp, table::TableImage& image) {
    for (const RampSplit& ramped : ramp.splits) {
        SplitImage* split = image.find(ramped.split);
        if (split != nullptr && split->find(ramped.canary) != nullptr &&
            split->find(ramped.baseline) != nullptr) {
            write_split(ramp, ramped, *split);
        }
    }
}

void publish_ramp(Ramp& ramp, const TablePaths& paths, const std::string& holder) {
    TableSession session(paths, holder, kTablePatience);
    const table::TableImage before = session.image();
    write_into(ramp, session.image());
    if (!same_records(before, session.image(), ramp)) {
        std::vector<std::string> touched;
        for (const RampSplit& split : ramp.splits) {
            touched.push_back(split.split);
        }
        carry_trips(session.image(), NginxView(paths.counters), touched);
        ramp.generation = session.publish().generation;
    }
    ramp.published = true;
}

Sight look_at(const Ramp& ramp, const table::TableImage& image, const NginxView& nginx) {
    Sight sight;
    sight.now_unix_ns = now_unix_ns();
    const guard::Evaluation evaluation(guard::GuardTerms{});  // only what the evidence itself says
    for (const RampSplit& ramped : ramp.splits) {
        SplitSight seen;
        seen.evidence.split = ramped.split;
        if (const auto place = nginx.is_open() ? nginx.find_split(ramped.split) : std::nullopt) {
            guard::State state;
            copy_from_shared(&state, nginx.file().split(*place).guard_state, sizeof(state));
            if (state.armed_unix_ns == ramp.armed_unix_ns) {
                seen.evaluated = true;
                seen.evidence = note_of(ramped.split, state, evaluation);
                seen.tripped_unix_ns = state.tripped_unix_ns;
            }
        }
        seen.changed_by_others = difference(ramp, ramped, image, nginx);
        sight.splits.push_back(std::move(seen));
    }
    return sight;
}

}  // namespace teal::cli
