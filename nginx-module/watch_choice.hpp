// Which attempts the guard watches: those of both its arms. Not what a tester, or the smoke test,
// has pinned to one of them.
#pragma once

#include "nginx-module/decision.hpp"
#include "nginx-module/watch.hpp"

namespace teal::nginx {

// `variant`: being tried, as an index into the table's record, or SplitView::kUnmatched.
void choose_watch(Watch& watch, const Decision& decision, std::uint32_t variant);

}  // namespace teal::nginx
