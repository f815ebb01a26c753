// When to try again: pauses that double, up to a minute, until the event is too old to be news.
#pragma once

#include <chrono>
#include <optional>

namespace teal::cli {

struct BackOff {
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds longest{60'000};
    std::chrono::milliseconds give_up_after{600'000};  // from the event on

    // The pause before the next attempt after `attempts` that failed, `age` after the event.
    // Nothing: no attempt is made any more, because it would come too late. `asked_for`: what the
    // receiver wants (Retry-After), which may be more than our own, never less.
    std::optional<std::chrono::milliseconds> pause_after(
        unsigned attempts, std::chrono::milliseconds age,
        std::chrono::milliseconds asked_for = {}) const;
};

}  // namespace teal::cli
