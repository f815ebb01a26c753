// The end of a project on this machine: both colors and what they share are stopped. The one act
// that stops what serves, so it is a command of its own and nothing else ever comes here.
//
// Needs no running nginx: it is also the way out when nothing works. Data is left: volumes,
// snapshots, history and the splits in the table stay, and `perform` or `rollback` start again.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"

#include <optional>
#include <string>

namespace teal::cli {

struct TakeDownOutcome {
    std::optional<Color> served;  // until now
    std::size_t stopped = 0;      // containers or processes that were running
    // Why the table still names what is gone; empty: it does not.
    std::string table_problem{};
};

// Takes the endpoints of both colors out of the table, then stops. Throws Error, among others when
// another command holds the deployment lock; what was stopped by then stays stopped.
TakeDownOutcome take_down(const Settings& settings, Stack& stack, Removal removal,
                          Progress& progress);

}  // namespace teal::cli
