// Whether all of a color's instances run, are healthy to docker, and answer: once, or as soon as it
// is so.
//
// Nothing is concluded from a part: every replica of every entry is asked, and an instance counts
// only while its last answers in a row were good. Services labelled teal.critical=false are looked
// at and reported, but nobody waits for them.
#pragma once

#include "cli/health/health_report.hpp"
#include "cli/stack/stack.hpp"

#include <chrono>
#include <functional>

namespace teal::cli {

using AskAll = std::function<std::vector<ProbeAnswer>(const std::vector<ProbeTarget>&)>;

struct HealthOptions {
    double timeout_s = 60;
    double interval_s = 2;        // between probes that fail; good answers are repeated sooner
    std::uint32_t successes = 2;  // in a row, of each entry's instance

    // Of what is waited for, when that is not what the project's files say now: a snapshot.
    const StackDefinition* definition = nullptr;
    // What is waited for, when that is not the whole color: looked at anew in each round.
    std::function<std::vector<Instance>()> instances{};

    // For whoever has to end the wait (pause may throw), and for tests.
    AskAll ask{probe_all};
    std::function<std::chrono::steady_clock::time_point()> now{std::chrono::steady_clock::now};
    std::function<void(std::chrono::nanoseconds)> pause{};  // empty: sleeps
};

// Returns when the color is healthy, certainly will not be (an instance has exited for good, or
// starts again and again), or the time is over. A docker that does not answer meanwhile is waited
// for, too. Throws Error when the definition cannot be read or nothing can be asked.
HealthReport wait_until_healthy(Stack& stack, Color color, const HealthOptions& options,
                                Progress& progress);

enum class WithShared { no, yes };

// One look, one probe of each entry.
HealthReport check_health(Stack& stack, Color color, WithShared shared,
                          double probe_timeout_s = 5.0, const AskAll& ask = probe_all);
// The same for what the definition says, when that is not what the project's files say now.
HealthReport check_health(Stack& stack, const StackDefinition& definition, Color color,
                          WithShared shared, double probe_timeout_s = 5.0,
                          const AskAll& ask = probe_all);

}  // namespace teal::cli
