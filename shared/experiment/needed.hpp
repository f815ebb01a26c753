// How many visitors until an effect of a given size is found, by the same evidence that will find
// it (lift.hpp): for planning, and for "how long still".
//
// The evidence from n conversions of which the variant has as many as its luck gives it reaches the
// threshold at about n; with the luck's 20 % quantile, four of five experiments have found the
// effect by then. The walk may cross earlier and fall back: an experiment that is looked at all the
// time is done somewhat sooner than this says.
#pragma once

namespace teal::experiment {

struct Plan {
    double share;                       // the variant's, of the two compared
    double control_rate;                // conversions per visitor of the control
    double effect;                      // lift to be found, which the mixture is made for
    double alpha;                       // of this comparison
    double luck = -0.8416212335729143;  // normal quantile: of 20 %; 0: half have found it
};

// Conversions of both until a lift of `lift` is found. REQUIRES: 0 < share < 1, lift > -1 and not
// 0, effect > 0. Infinity when beyond 1e15.
double conversions_needed(const Plan& plan, double lift);
// Until it is known that there is no lift beyond -most to +most, when there is none at all.
// REQUIRES: most > 0.
double conversions_needed_for_none(const Plan& plan, double most);

// Visitors of both variants together who bring so many conversions at a lift.
double visitors_for(const Plan& plan, double conversions, double lift);

}  // namespace teal::experiment
