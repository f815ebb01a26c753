#include "cli/commands/hold_options.hpp"

#include "cli/commands/ramp_options.hpp"
#include "cli/error.hpp"

#include <algorithm>

namespace teal::cli {

std::chrono::nanoseconds parse_longest_hold(const std::string& option, const std::string& text) {
    const std::chrono::nanoseconds longest(
        static_cast<std::chrono::nanoseconds::rep>(parse_duration(option, text)));
    if (longest.count() == 0 || longest > kLongestHold) {
        throw wrong_input(
            option + " " + text + " is " +
                (longest.count() == 0 ? "no time at all" : "longer than a hold may be"),
            "nobody should wait for an answer for minutes: more than 0, at most 10m, "
            "as in " +
                option + " 30s");
    }
    return longest;
}

std::vector<std::string> distinct_splits(const std::vector<std::string>& splits) {
    std::vector<std::string> distinct;
    for (const std::string& split : splits) {
        if (std::find(distinct.begin(), distinct.end(), split) == distinct.end()) {
            distinct.push_back(split);
        }
    }
    return distinct;
}

ChangeTerms hold_terms(const TableOptions& table, const std::string& holder, double timeout_s) {
    const std::chrono::milliseconds patience(static_cast<long>(timeout_s * 1000.0));
    return {table.paths(), holder, patience, patience};
}

}  // namespace teal::cli
