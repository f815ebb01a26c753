// Telling everybody who wants to know, without waiting for them: each target's copy is written into
// its spool, and a detached process delivers it. Whoever calls this goes on after some
// milliseconds, whatever the receivers do, and nothing is done at all for a project without
// targets.
#pragma once

#include "cli/notify/notification.hpp"
#include "cli/project/settings.hpp"

#include <functional>
#include <string>

namespace teal::cli {

// Starts what delivers the spool of one target; empty, or why it could not be started.
using DelivererStart = std::function<std::string(const Settings&, const std::string& target)>;

// `teal notify-deliver`, detached.
std::string start_deliverer(const Settings& settings, const std::string& target);

// Never throws, because no deployment fails for this: what went wrong, for a warning, or nothing.
// Fills in id, project, time, user and host.
std::string send(const Settings& settings, Notification notification,
                 const DelivererStart& start = start_deliverer);

// Starts a deliverer for every target that something waits for and nobody delivers to, as after a
// reboot. As send(): never throws, returns what went wrong.
std::string deliver_what_waits(const Settings& settings,
                               const DelivererStart& start = start_deliverer);

// With its fields filled in, as send() does it.
Notification addressed(const Settings& settings, Notification notification);

}  // namespace teal::cli
