#include "cli/deployment/watch.hpp"

#include "cli/error.hpp"
#include "cli/traffic/observation.hpp"
#include "shared/guard/objective.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr double kLeastObjective = 0.01;
constexpr double kMostObjective = 0.5;
constexpr double kAlpha = 1e-4;
constexpr auto kLookEvery = milliseconds(100);
constexpr auto kLookAtInstancesEvery = milliseconds(2000);

std::optional<std::uint32_t> place_of(const NginxView& nginx, const std::string& split,
                                      Color color) {
    const std::optional<std::uint32_t> entry = nginx.find_split(split);
    return entry ? nginx.find_variant(*entry, name_of(color)) : std::nullopt;
}

// Attempts that say something of a variant, and failed ones.
struct Counted {
    std::uint64_t attempts = 0;
    std::uint64_t errors = 0;
};

// Counters are read one after the other while nginx counts on: a later one may be ahead by a
// little.
std::uint64_t grown(std::uint64_t from, std::uint64_t to) {
    return to > from ? to - from : 0;
}

Counted counted(const NginxView& nginx, std::optional<std::uint32_t> variant) {
    if (!variant) {
        return {};
    }
    const Reading reading(nginx, {*variant});
    const counters::VariantCounters* sums = reading.of(*variant);
    if (sums == nullptr) {
        return {};
    }
    const std::uint64_t silent = sums->client_closed + sums->stale_connections;
    return {grown(silent, sums->finished), counters::errors(*sums)};
}

// One split under watch.
struct Watched {
    std::string split;
    std::optional<std::uint32_t> variant;
    double objective;
    guard::ObjectiveTest test;
    guard::Mixture evidence;
    Counted begin;
    Counted last;

    // What has happened since the last look.
    void look(const NginxView& nginx) {
        const Counted now = counted(nginx, variant);
        const std::uint64_t errors = grown(last.errors, now.errors);
        const std::uint64_t attempts = std::max(grown(last.attempts, now.attempts), errors);
        guard::LogFactors factors;
        test.factors(attempts, errors, factors);
        guard::advance_plain(evidence, factors);
        last = now;
    }
    std::string problem() const {
        return fmt::format("{}: {} of {} attempts failed, at most {:.3g} % may", split,
                           grown(begin.errors, last.errors), grown(begin.attempts, last.attempts),
                           objective * 100);
    }
};

// An instance that ended although nobody asked it to; empty: all run. `only`: of these ids; empty:
// of all.
std::string ended_instance(Stack& stack, Color color, const std::vector<std::string>& only) {
    try {
        for (const Instance& instance : stack.instances(color)) {
            const bool asked =
                only.empty() || std::find(only.begin(), only.end(), instance.id) != only.end();
            const bool job_done = instance.detail == "completed";
            if (asked && !job_done &&
                (instance.state == InstanceState::exited ||
                 instance.state == InstanceState::missing)) {
                return fmt::format("{} {}", instance.name,
                                   instance.detail.empty() ? "has ended" : instance.detail);
            }
        }
    } catch (const Error&) {
        return "";  // that the engine cannot be asked says nothing of the new version
    }
    return "";
}

}  // namespace

double objective_for(const NginxView& nginx, const std::string& split, Color other_color) {
    const Counted before = counted(nginx, place_of(nginx, split, other_color));
    const double share = before.attempts == 0 ? 0.0
                                              : static_cast<double>(before.errors) /
                                                    static_cast<double>(before.attempts);
    return std::clamp(2.0 * share, kLeastObjective, kMostObjective);
}

namespace {

// What is watched, and how.
struct WatchTerms {
    const std::vector<std::string>& splits;
    Color color;
    Color like;                       // whose errors until now are the measure
    std::vector<std::string> only{};  // ids of instances; empty: all of the color
    milliseconds duration;
};

WatchResult watch(const NginxView& nginx, Stack& stack, const WatchTerms& what,
                  Progress* progress) {
    std::vector<Watched> watched;
    for (const std::string& split : what.splits) {
        const Color color = what.color;
        const double objective = objective_for(nginx, split, what.like);
        const auto variant = place_of(nginx, split, color);
        const Counted now = counted(nginx, variant);
        watched.push_back(
            {split, variant, objective, guard::ObjectiveTest(objective), {}, now, now});
        guard::begin_plain(watched.back().evidence);
    }
    WatchResult result;
    const auto until = steady_clock::now() + what.duration;
    auto look_at_instances = steady_clock::now() + kLookAtInstancesEvery;
    while (result.sane && steady_clock::now() < until) {
        std::this_thread::sleep_for(
            std::min<steady_clock::duration>(kLookEvery, until - steady_clock::now()));
        for (Watched& split : watched) {
            split.look(nginx);
            if (guard::log_evidence(split.evidence) >= std::log(1.0 / kAlpha)) {
                result.sane = false;
                result.problem = split.problem();
            }
            if (progress != nullptr) {
                progress->service(split.split,
                                  fmt::format("{} attempts, {} failed",
                                              grown(split.begin.attempts, split.last.attempts),
                                              grown(split.begin.errors, split.last.errors)));
            }
        }
        if (result.sane && steady_clock::now() >= look_at_instances) {
            result.problem = ended_instance(stack, what.color, what.only);
            result.sane = result.problem.empty();
            look_at_instances = steady_clock::now() + kLookAtInstancesEvery;
        }
    }
    if (result.sane && what.duration.count() > 0) {
        result.problem = ended_instance(stack, what.color, what.only);
        result.sane = result.problem.empty();
    }
    for (const Watched& split : watched) {
        result.attempts += grown(split.begin.attempts, split.last.attempts);
        result.errors += grown(split.begin.errors, split.last.errors);
    }
    return result;
}

}  // namespace

WatchResult watch_color(const NginxView& nginx, Stack& stack,
                        const std::vector<std::string>& splits, Color color, milliseconds duration,
                        Progress& progress) {
    return watch(nginx, stack, {splits, color, other(color), {}, duration}, &progress);
}

WatchResult watch_instances(const NginxView& nginx, Stack& stack, const std::string& split,
                            Color color, const std::vector<Instance>& instances,
                            milliseconds duration) {
    const std::vector<std::string> splits{split};
    WatchTerms what{splits, color, color, {}, duration};
    for (const Instance& instance : instances) {
        what.only.push_back(instance.id);
    }
    return watch(nginx, stack, what, nullptr);
}

std::uint64_t in_flight_of(const NginxView& nginx, const std::vector<std::string>& splits,
                           Color color) {
    std::uint64_t sum = 0;
    for (const std::string& split : splits) {
        if (const auto variant = place_of(nginx, split, color)) {
            const Reading reading(nginx, {*variant});
            const counters::VariantCounters* sums = reading.of(*variant);
            sum += sums == nullptr ? 0 : counters::in_flight(*sums);
        }
    }
    return sum;
}

std::uint64_t drain_color(const NginxView& nginx, const std::vector<std::string>& splits,
                          Color color, milliseconds patience, Progress& progress) {
    const auto give_up = steady_clock::now() + patience;
    while (true) {
        const std::uint64_t left = in_flight_of(nginx, splits, color);
        if (left == 0 || steady_clock::now() >= give_up) {
            return left;
        }
        progress.service(name_of(color), fmt::format("{} in flight", left));
        std::this_thread::sleep_for(
            std::min<steady_clock::duration>(kLookEvery, give_up - steady_clock::now()));
    }
}

}  // namespace teal::cli
