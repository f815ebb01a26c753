// What a deployment does to the table: announce a color's endpoints, give it all traffic, take it
// out. Each is one publication over all splits concerned, so no request ever sees one service on
// the new version and another on the old because of it.
#pragma once

#include "cli/stack/color.hpp"
#include "cli/traffic/change.hpp"
#include "shared/table/writing/image.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// Where a color is served, for one split.
struct SplitEndpoints {
    std::string split;
    std::vector<std::string> addresses;  // "172.18.0.3:3000"
};

// How the table stands for the splits of a deployment.
struct ServingState {
    std::optional<Color> active;       // has the most weight and endpoints to serve it
    std::vector<std::string> shared;   // splits in which both colors have weight
    std::vector<std::string> against;  // splits in which not `active` has the most weight
    // No color of any split has an endpoint: nothing was ever deployed.
    bool nothing_deployed = true;

    bool is_whole() const { return shared.empty() && against.empty(); }
};

// REQUIRES: splits not empty. Throws Error (wrong input) for a split that is not in the table or
// lacks a variant blue or green.
ServingState serving_state(const table::TableImage& image, const std::vector<std::string>& splits);

// All splits of the table that have both colors: for when no deployment says which.
std::vector<std::string> splits_with_colors(const table::TableImage& image);

// True when the color has weight in one of the splits.
bool has_weight(const table::TableImage& image, const std::vector<std::string>& splits,
                Color color);
// The color's endpoints, as the table has them.
std::vector<SplitEndpoints> endpoints_of(const table::TableImage& image,
                                         const std::vector<std::string>& splits, Color color);

// Who changes the table, how long they wait for others and for the proof.
struct ChangeTerms {
    TablePaths paths;
    std::string holder;  // "teal upgrade perform"
    std::chrono::milliseconds lock_patience{10'000};
    std::chrono::milliseconds proof_patience{10'000};
};

// Sets the color's endpoints. A color without weight becomes `closed`: only pinned requests, the
// smoke test's, reach it. Before the first deployment, when the color holds the weight of a split
// in which nothing is deployed, the other color takes it over. Throws Error; not applied included.
Change announce(const ChangeTerms& terms, const std::vector<SplitEndpoints>& endpoints,
                Color color);

// Gives the color 100 % of every split, with these endpoints (an empty list of addresses: those it
// has), and closes the other color. Ends a ramp that is under way. Throws Error.
Change switch_traffic(const ChangeTerms& terms, const std::vector<SplitEndpoints>& endpoints,
                      Color color);

// Takes a color without weight out of the table. Throws Error (failed) when it has weight.
Change withdraw(const ChangeTerms& terms, const std::vector<std::string>& splits, Color color);

// Takes both colors out of the table, serving or not: the project is being stopped. Their weights
// stay, for nobody. Needs no nginx, and waits for none.
void withdraw_both(const ChangeTerms& terms, const std::vector<std::string>& splits);

}  // namespace teal::cli
