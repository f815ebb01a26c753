#include "cli/notify/back_off.hpp"

#include <algorithm>

namespace teal::cli {

std::optional<std::chrono::milliseconds> BackOff::pause_after(
    unsigned attempts, std::chrono::milliseconds age, std::chrono::milliseconds asked_for) const {
    std::chrono::milliseconds pause = first;
    for (unsigned i = 1; i < attempts && pause < longest; ++i) {
        pause *= 2;
    }
    pause = std::max(std::min(pause, longest), asked_for);
    return age + pause <= give_up_after ? std::optional(pause) : std::nullopt;
}

}  // namespace teal::cli
