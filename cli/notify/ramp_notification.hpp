// What is told elsewhere about a ramp.
#pragma once

#include "cli/notify/notification.hpp"
#include "cli/project/settings.hpp"
#include "cli/ramp/ramp_event.hpp"

#include <optional>
#include <string>

namespace teal::cli {

// Nothing for what only its operators did: pauses, weights set by hand, approvals given.
std::optional<Notification> notification_of(const RampEvent& event);

// The same, told to whom the settings name. Never throws: what went wrong, for a warning, or
// nothing.
std::string notify_of(const Settings& settings, const RampEvent& event);

}  // namespace teal::cli
