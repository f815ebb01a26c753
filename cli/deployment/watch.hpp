// The first seconds after a switch: do the new color's errors stay sane, do its services stay up?
#pragma once

#include "cli/stack/stack.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct WatchResult {
    bool sane = true;
    std::string problem;  // "app: 12 of 14 attempts failed, at most 1 % may"
    std::uint64_t attempts = 0;
    std::uint64_t errors = 0;
};

// An objective for a split: the share of attempts that may fail, from what the other color had
// before: twice its share since the counters began, at least 1 %.
double objective_for(const NginxView& nginx, const std::string& split, Color other_color);

// Watches the color for so long; ends early when the evidence against it is 10 000 to 1 that it
// fails more than the objective, or when an instance of it has ended. `start`: counters as they
// were at the switch are taken at the call.
WatchResult watch_color(const NginxView& nginx, Stack& stack,
                        const std::vector<std::string>& splits, Color color,
                        std::chrono::milliseconds duration, Progress& progress);

// The same for some instances of a color that go on beside others: held against the color's own
// past, and of `instances` none may end.
WatchResult watch_instances(const NginxView& nginx, Stack& stack, const std::string& split,
                            Color color, const std::vector<Instance>& instances,
                            std::chrono::milliseconds duration);

// Requests of the color in flight now, upgraded connections included, over all splits.
std::uint64_t in_flight_of(const NginxView& nginx, const std::vector<std::string>& splits,
                           Color color);

// Waits until nothing of the color is in flight; returns what is left when the time is over.
std::uint64_t drain_color(const NginxView& nginx, const std::vector<std::string>& splits,
                          Color color, std::chrono::milliseconds patience, Progress& progress);

}  // namespace teal::cli
