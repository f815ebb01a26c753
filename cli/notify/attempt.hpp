// One attempt to deliver one notification.
#pragma once

#include "cli/notify/destination.hpp"
#include "cli/notify/notification.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace teal::cli {

struct AttemptResult {
    bool delivered = false;
    bool hopeless = false;                     // another attempt would end the same way
    std::string problem{};                     // without anything secret
    std::chrono::milliseconds retry_after{0};  // what the receiver asks for
};

// By HTTP: 2xx is delivered; 408, 425, 429, 5xx and no answer may be tried again, anything else is
// hopeless. A command: exit code 0 is delivered. Never throws for what the receiver does; throws
// Error when teal-post is missing.
AttemptResult attempt_delivery(const Destination& destination, const Notification& notification,
                               std::uint64_t now_unix_s);

}  // namespace teal::cli
