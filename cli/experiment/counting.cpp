#include "cli/experiment/counting.hpp"

#include "shared/counters/sums.hpp"
#include "shared/mapping/shared_word.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

// A reading of another process' counters may be a little older than the one before, when they are
// read out of order; totals never go down.
std::uint64_t grown(std::uint64_t from, std::uint64_t to) {
    return to > from ? to - from : 0;
}

bool is_configured_goal(const NginxView& nginx, const counters::GoalEntry& entry) {
    return load_shared(entry.configured_unix_ns, std::memory_order_acquire) ==
           nginx.file().header().configured_unix_ns;
}

std::optional<std::uint32_t> configured_split(const NginxView& nginx, const std::string& split) {
    const auto place = nginx.is_open() ? nginx.find_split(split) : std::nullopt;
    return place && nginx.is_configured(nginx.file().split(*place)) ? place : std::nullopt;
}

}  // namespace

CountsReading read_counts(const NginxView& nginx, const std::string& split,
                          const std::vector<ExperimentArm>& arms,
                          const std::vector<std::string>& goals) {
    CountsReading reading{0, no_counts(arms.size(), goals.size())};
    if (!nginx.is_open()) {
        return reading;
    }
    reading.file_created_unix_ns = nginx.file().header().created_unix_ns;
    const std::optional<std::uint32_t> place = nginx.find_split(split);
    for (std::size_t a = 0; place && a < arms.size(); ++a) {
        const auto variant = nginx.find_variant(*place, arms[a].variant);
        if (!variant) {
            continue;
        }
        const counters::VisitorSums sums = counters::visitor_sums(nginx.file(), *variant);
        reading.counts[a].visitors = sums.exposures;
        for (std::size_t g = 0; g < goals.size(); ++g) {
            const std::uint32_t goal = counters::find_goal(nginx.file(), *place, goals[g].c_str());
            if (goal != counters::kNotFound) {
                const counters::GoalCounters& from = sums.goals[goal];
                reading.counts[a].goals[g] = {from.conversions, from.valued, from.value_sum,
                                              from.value_square_sum};
            }
        }
    }
    return reading;
}

std::vector<std::string> configured_goals(const NginxView& nginx, const std::string& split) {
    std::vector<std::string> names;
    const std::optional<std::uint32_t> place = configured_split(nginx, split);
    const std::uint32_t count = place ? counters::goal_count(nginx.file(), *place) : 0;
    for (std::uint32_t g = 0; g < count; ++g) {
        const counters::GoalEntry& entry = nginx.file().goal(*place, g);
        if (is_configured_goal(nginx, entry)) {
            names.emplace_back(entry.name, strnlen(entry.name, sizeof(entry.name)));
        }
    }
    return names;
}

std::vector<std::string> splits_with_goals(const NginxView& nginx) {
    std::vector<std::string> names;
    const std::uint32_t count = nginx.is_open() ? nginx.file().split_count() : 0;
    for (std::uint32_t s = 0; s < count; ++s) {
        const counters::SplitEntry& entry = nginx.file().split(s);
        const std::string name(entry.name, strnlen(entry.name, sizeof(entry.name)));
        if (nginx.is_configured(entry) && !configured_goals(nginx, name).empty()) {
            names.push_back(name);
        }
    }
    return names;
}

std::string default_variant(const NginxView& nginx, const std::string& split) {
    const std::optional<std::uint32_t> place = configured_split(nginx, split);
    return place ? nginx.variant_name(nginx.file().split(*place).default_variant) : "";
}

void add_counted(Counts& counted, const CountsReading& before, const CountsReading& now) {
    const bool same_file = before.file_created_unix_ns == now.file_created_unix_ns;
    for (std::size_t a = 0; a < counted.size(); ++a) {
        const ArmCount zero{0, std::vector<GoalCount>(counted[a].goals.size())};
        const ArmCount& from = same_file ? before.counts[a] : zero;
        const ArmCount& to = now.counts[a];
        counted[a].visitors += grown(from.visitors, to.visitors);
        for (std::size_t g = 0; g < counted[a].goals.size(); ++g) {
            GoalCount& goal = counted[a].goals[g];
            goal.conversions += grown(from.goals[g].conversions, to.goals[g].conversions);
            goal.valued += grown(from.goals[g].valued, to.goals[g].valued);
            goal.value_sum += to.goals[g].value_sum - from.goals[g].value_sum;
            goal.value_square_sum +=
                std::max(0.0, to.goals[g].value_square_sum - from.goals[g].value_square_sum);
        }
    }
}

}  // namespace teal::cli
