// Tells an instance that is started again and again from one that was started again once or twice
// (because a service it needs was not up yet, say).
//
// Seen from outside, a restart is a new time of starting, or the word "restarting"; both may miss
// some (whole seconds; looks that a probe without an answer held up), so the larger of the two
// counts. Docker counts its own restarts, also those before the first look; of a container that
// has run for long they say something only when there are new ones. It doubles its pause before
// each restart: the fifth comes after three seconds of pauses.
#pragma once

#include "cli/stack/stack.hpp"

#include <algorithm>
#include <string>

namespace teal::cli {

class RestartWatch {
public:
    void see(const Instance& instance) {
        const bool restarting = instance.detail.starts_with("restarting");
        words_ += restarting && !restarting_ ? 1u : 0u;
        restarting_ = restarting;
        if (instance.id != id_) {
            id_ = instance.id;
            counted_before_ = instance.restarts;
        }
        counted_ = instance.restarts;
        if (instance.started_unix_s != 0) {
            times_ += started_unix_s_ != 0 && started_unix_s_ != instance.started_unix_s ? 1u : 0u;
            started_unix_s_ = instance.started_unix_s;
        }
    }

    bool is_loop() const {
        return std::max(words_, times_) >= kLoop ||
               (counted_ >= kLoop && counted_ >= counted_before_ + kSeen);
    }

private:
    static constexpr unsigned kLoop = 5;
    static constexpr unsigned kSeen = 2;

    bool restarting_ = false;
    unsigned words_ = 0;
    unsigned times_ = 0;
    std::int64_t started_unix_s_ = 0;
    std::string id_{};
    unsigned counted_before_ = 0;
    unsigned counted_ = 0;
};

}  // namespace teal::cli
