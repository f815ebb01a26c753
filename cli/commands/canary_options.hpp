// What the commands of `teal canary` have in common: the project (for its table and its records),
// the split, and how a change is done and told.
#pragma once

#include "cli/exit_codes.hpp"
#include "cli/project/settings.hpp"
#include "cli/ramp/ramp_control.hpp"

#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct CanaryOptions {
    ProjectOptions project;
    std::string split{};
    bool json = false;
    bool dry_run = false;
};

enum class DryRun { offered, not_offered };
void add_canary_options(CLI::App& command, CanaryOptions& options, DryRun dry_run);

enum class EventsShown { nothing, lines, json };
// Who is told what happens to a ramp: whoever looks at this command, whom the project's settings
// name for notifications, and at its end the project's history.
RampListeners ramp_listeners(const Settings& settings, EventsShown shown);
inline EventsShown events_shown(bool json) {
    return json ? EventsShown::json : EventsShown::lines;
}

// Brings the ramp up to date, changes it, waits until nginx goes by it, and tells. With --dry-run
// only says what would be. Throws Error.
void change_ramp(const CanaryOptions& options, const std::string& holder,
                 const RampControl::Edit& edit);

}  // namespace teal::cli
