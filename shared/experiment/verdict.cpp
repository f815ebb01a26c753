#include "shared/experiment/verdict.hpp"

#include "shared/guard/sample_ratio.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace teal::experiment {
namespace {

// The whole interval is within the effect. Said of the evidence at its two ends, which costs a
// hundredth of finding where the interval ends.
bool is_close(const Pair& pair, const Terms& terms, double threshold) {
    const double estimate = lift_estimate(pair);
    return estimate > -terms.effect && estimate < terms.effect &&
           log_lift_evidence(pair, terms.expected, terms.effect) >= threshold &&
           log_lift_evidence(pair, terms.expected, std::max(-1.0, -terms.effect)) >= threshold;
}

// Better than every other one; `log_e` gets the least evidence of those comparisons.
bool is_best(const Arm* arms, std::uint32_t count, std::uint32_t candidate, const Terms& terms,
             double& log_e) {
    const double threshold = -std::log(pair_alpha(terms.alpha, count));
    log_e = std::numeric_limits<double>::infinity();
    for (std::uint32_t other = 0; other < count; ++other) {
        if (other == candidate) {
            continue;
        }
        const Pair pair = pair_of(arms[candidate], arms[other]);
        const double evidence = log_lift_evidence(pair, terms.expected);
        const double expected =
            pair.share * static_cast<double>(pair.variant_conversions + pair.control_conversions);
        if (evidence < threshold || static_cast<double>(pair.variant_conversions) <= expected) {
            return false;
        }
        log_e = std::min(log_e, evidence);
    }
    return true;
}

}  // namespace

const char* verdict_text(Verdict verdict) {
    constexpr const char* kText[] = {"undecided", "winner", "equivalent", "broken"};
    return kText[static_cast<unsigned>(verdict)];
}

Pair pair_of(const Arm& variant, const Arm& control) {
    return {variant.share / (variant.share + control.share), variant.conversions,
            control.conversions};
}

double pair_alpha(double alpha, std::uint32_t count) {
    return alpha * 2.0 / (static_cast<double>(count) * static_cast<double>(count - 1));
}

double log_sample_ratio(const Arm* arms, std::uint32_t count) {
    guard::Share shares[kMostArms] = {};
    for (std::uint32_t i = 0; i < count; ++i) {
        shares[i] = {arms[i].share, arms[i].visitors};
    }
    return guard::log_bayes_factor(shares, count);
}

Judgement judge(const Arm* arms, std::uint32_t count, const Terms& terms) {
    Judgement judgement{Verdict::undecided, 0, log_sample_ratio(arms, count), 0.0};
    const double threshold = -std::log(pair_alpha(terms.alpha, count));
    bool all_close = true;
    for (std::uint32_t i = 0; i < count; ++i) {
        for (std::uint32_t k = 0; k < i; ++k) {
            const Pair pair = pair_of(arms[i], arms[k]);
            judgement.log_evidence =
                std::max(judgement.log_evidence, log_lift_evidence(pair, terms.expected));
            all_close = all_close && is_close(pair, terms, threshold);
        }
    }
    if (judgement.log_sample_ratio >= -std::log(kSampleRatioAlpha)) {
        judgement.verdict = Verdict::broken;
        return judgement;
    }
    double log_e = 0.0;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (is_best(arms, count, i, terms, log_e)) {
            judgement = {Verdict::winner, i, judgement.log_sample_ratio, log_e};
            return judgement;
        }
    }
    judgement.verdict = all_close ? Verdict::equivalent : Verdict::undecided;
    return judgement;
}

}  // namespace teal::experiment
