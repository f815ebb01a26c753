#include "cli/commands/watch_interval.hpp"

#include "cli/commands/table_options.hpp"
#include "cli/error.hpp"

namespace teal::cli {

constexpr double kShortestInterval_s = 0.05;
constexpr double kLongestInterval_s = 3600;

double parse_interval(const std::string& text) {
    const double interval_s = parse_seconds("--interval", text, kLongestInterval_s);
    if (interval_s < kShortestInterval_s) {
        throw wrong_input("--interval \"" + text + "\" is too short", "use at least 0.05 seconds");
    }
    return interval_s;
}

}  // namespace teal::cli
