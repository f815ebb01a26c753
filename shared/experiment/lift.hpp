// How much more often do the visitors of one variant convert than those of another? An exact
// answer that may be looked at after every visitor.
//
// Each new visitor gets the variant with the chance w (its share of the two variants' weights), and
// converts or does not. With rates whose ratio is rho, the next conversion is the variant's with
//
//   theta(rho) = w rho / (w rho + 1 - w)
//
// whatever the rates are: hour of day, campaigns and bots that raise both leave it alone. The
// variant's conversions among those of both are therefore counts of one chance (beta_mixture.hpp):
// evidence against rho = 1, and an interval for the lift rho - 1.
//
// Rejected: comparing the conversions with the visitors of each variant. Visitors convert later
// than they come, so that a count of visitors always holds some who will still convert; and a
// difference of shares of a moving total has no exact test at all times. The price: rates of 50 %
// need twice the visitors that a test of shares needs, rates of 5 % need 5 % more.
//
// It rests on weights that stay what they are while visitors are assigned. If visitors of one
// variant convert as often but later, the interval is about conversions so far. Evidence against
// rho = 1 holds whatever the delay, as long as it is the same for both.
//
// The mixture is centred at w and as wide as the effect one looks for, chosen before the start.
#pragma once

#include "shared/experiment/beta_mixture.hpp"

#include <cstdint>

namespace teal::experiment {

// Of two variants. REQUIRES: 0 < share < 1.
struct Pair {
    double share;  // w: the variant's weight over the sum of both weights
    std::uint64_t variant_conversions;
    std::uint64_t control_conversions;
};

// theta(rho), and back: the lift rho - 1, infinite at theta = 1.
double label_chance(double share, double lift);
double lift_of(double share, double label_chance);

// Expects lifts of about `effect` in both directions. REQUIRES: effect > 0.
BetaMixture lift_mixture(double share, double effect);

// ln E against a lift; 0 asks whether there is a difference at all.
double log_lift_evidence(const Pair& pair, double effect, double lift = 0.0);

// Where the lift is, with 1 - alpha at all times; from -1, to infinity while one of the two has no
// conversion to speak of.
Interval lift_interval(const Pair& pair, double effect, double alpha);

// What was counted, (rate of the variant / rate of the control) - 1; not a number without
// conversions of the control.
double lift_estimate(const Pair& pair);

}  // namespace teal::experiment
