// Of one split, for the dashboard.
#pragma once

#include "nginx-module/page.hpp"
#include "nginx-module/table_view.hpp"
#include "nginx-module/totals.hpp"

namespace teal::nginx {

// How a split is, in one number; the page has the words.
enum class SplitState { serving = 0, absent = 1, canary = 2, tripped = 3, expired = 4 };

// nullptr: not in the table, or there is no table.
const SplitView* view_of_split(const SplitConf& split);
// The entry of nginx.conf's variant; nullptr: not in the table.
const table::Variant* table_variant(const SplitView* view, std::uint32_t variant);
SplitState state_of(const SplitConf& split, const SplitView* view, const Overview& overview);

// One JSON object: ring, variants with all their counts, canary, rules.
void add_split_details(Page& page, const Overview& overview, const SplitConf& split);

}  // namespace teal::nginx
