#include "shared/guard/evidence.hpp"

#include <cmath>

namespace teal::guard {
namespace {

// Tables are made of it even when it is not tested.
constexpr double kAnyObjective = 0.01;

void add(ArmCounts& sum, const ArmCounts& tick) {
    sum.done += tick.done;
    sum.bad += tick.bad;
}

void add(CanaryCounts& sum, const CanaryCounts& tick) {
    add(sum.canary, tick.canary);
    add(sum.baseline, tick.baseline);
    for (std::size_t i = 0; i < kSlowThresholds; ++i) {
        add(sum.canary_slow[i], tick.canary_slow[i]);
        add(sum.baseline_slow[i], tick.baseline_slow[i]);
    }
}

}  // namespace

Evaluation::Evaluation(const GuardTerms& terms)
    : threshold_(-std::log(terms.alpha)),
      gamma_(1.0 / static_cast<double>(terms.horizon)),
      has_objective_(terms.objective > 0.0),
      slow_thresholds_(terms.slow_thresholds),
      ratio_(terms.margin, Direction::worse),
      no_worse_(terms.promotion_margin, Direction::no_worse),
      objective_(terms.objective > 0.0 ? terms.objective : kAnyObjective) {}

void Evaluation::begin(Evidence& evidence) {
    evidence.ticks = 0;
    evidence.counts = {};
    begin_restarted(evidence.failures);
    begin_restarted(evidence.objective);
    for (RestartedMixture& slow : evidence.slow) {
        begin_restarted(slow);
    }
    begin_plain(evidence.no_worse);
}

bool Evaluation::advance(Evidence& evidence, const CanaryCounts& tick) const {
    ++evidence.ticks;
    add(evidence.counts, tick);
    advance(evidence.failures, tick.canary, tick.baseline);
    LogFactors factors;
    if (has_objective_) {
        objective_.factors(tick.canary.done, tick.canary.bad, factors);
        advance_restarted(evidence.objective, factors, gamma_);
    }
    for (std::size_t i = 0; i < slow_thresholds_; ++i) {
        advance(evidence.slow[i], tick.canary_slow[i], tick.baseline_slow[i]);
    }
    if (no_worse_.factors(tick.canary, tick.baseline, factors)) {
        advance_plain(evidence.no_worse, factors);
    }
    return log_evidence(evidence) >= threshold_;
}

void Evaluation::advance(RestartedMixture& mixture, const ArmCounts& canary,
                         const ArmCounts& baseline) const {
    LogFactors factors;
    if (ratio_.factors(canary, baseline, factors)) {
        advance_restarted(mixture, factors, gamma_);
    } else {
        advance_restarted(mixture, gamma_);  // most ticks of a healthy canary
    }
}

double Evaluation::log_evidence(const Evidence& evidence) const {
    double sum = mean_evidence(evidence.failures);
    double tests = 1.0;
    if (has_objective_) {
        sum += mean_evidence(evidence.objective);
        tests += 1.0;
    }
    if (slow_thresholds_ > 0) {
        double slow = 0.0;
        for (std::size_t i = 0; i < slow_thresholds_; ++i) {
            slow += mean_evidence(evidence.slow[i]);
        }
        sum += slow / static_cast<double>(slow_thresholds_);
        tests += 1.0;
    }
    return std::log(sum / tests);
}

}  // namespace teal::guard
