// Holding a split: nginx keeps its new requests waiting, without a connection to a backend, until
// they are released or the hold's deadline passes. For the moments in which nothing may be served:
// a migration, a shared service that is replaced.
//
// The deadline is in the table and nginx keeps it itself: whoever asked for the hold may be killed.
// Used by `teal traffic pause|resume`, and by deployments.
#pragma once

#include "cli/traffic/change.hpp"
#include "cli/traffic/color_change.hpp"
#include "shared/counters/sums.hpp"
#include "shared/table/writing/image.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace teal::cli {

inline constexpr auto kLongestHold = std::chrono::nanoseconds(table::kLongestHold_ns);

// Edits of an image, to be published with other changes: a switch that releases what waited.
// `longest` from now on; a split that is held already keeps when its hold began.
void set_hold(table::SplitImage& split, std::uint64_t now_unix_ns,
              std::chrono::nanoseconds longest);
// False when there was nothing to clear. Also clears a hold whose deadline has passed.
bool clear_hold(table::SplitImage& split);
// Takes out holds that have been over for longer than any hold lasts, however long ago they were
// set: a worker that starts with a clock that is behind would take them for holds to come. One that
// was over just now stays, for `teal traffic resume` to say so, and because our clock may be ahead.
void forget_old_holds(table::TableImage& image, std::uint64_t now_unix_ns);
// New requests wait, by the wall clock.
bool is_held(const table::SplitImage& split, std::uint64_t now_unix_ns);

// Throws Error: a split that is not in the table, not in nginx.conf, or that no upstream uses
// (wrong input); a live worker whose module does not know holds (failed): it would let requests
// through and report the publication as applied.
void demand_holding_nginx(const NginxView& nginx, const table::TableImage& image,
                          const std::vector<std::string>& splits);

struct HeldSplit {
    std::string split;
    bool was_held = false;
    std::uint64_t until_unix_ns = 0;
};
struct HoldChange {
    Change change;
    std::vector<HeldSplit> splits;
};

// Holds all of the splits in one publication and proves that every worker does. From then on no new
// request of theirs reaches a backend. Throws Error; with code not_applied the hold stands.
// REQUIRES: splits not empty; longest above 0 and at most kLongestHold.
HoldChange hold(const ChangeTerms& terms, const std::vector<std::string>& splits,
                std::chrono::nanoseconds longest);
// Releases what is held of the splits in one publication; publishes nothing when nothing is.
// Throws Error.
HoldChange release(const ChangeTerms& terms, const std::vector<std::string>& splits);

// switch_traffic() that releases what is held of these splits in the same publication: whoever
// waited goes on to the new color, and nobody to the old one. Throws Error.
Change switch_and_release(const ChangeTerms& terms, const std::vector<SplitEndpoints>& endpoints,
                          Color color);

// Requests of the splits in flight, over all variants.
std::uint64_t in_flight_of_splits(const NginxView& nginx, const std::vector<std::string>& splits);
// Waits until nothing of the splits is in flight; returns what is left when the time is over.
// `tell`, when there is one, gets the number now and then. Call after hold(): its proof makes sure
// that nothing is on its way without being counted.
std::uint64_t wait_until_drained(NginxView& nginx, const std::vector<std::string>& splits,
                                 std::chrono::nanoseconds patience,
                                 const std::function<void(std::uint64_t)>& tell = {});

// What nginx has counted of the split's holds; zeros for a split it does not know.
counters::HoldSums hold_sums_of(const NginxView& nginx, const std::string& split);

// "12.5 s", of a hold that lasts until then; "0 s" when it is over.
std::string time_left_text(std::uint64_t until_unix_ns, std::uint64_t now_unix_ns);

}  // namespace teal::cli
