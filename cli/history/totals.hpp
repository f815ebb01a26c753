// totals.json: how often each kind of deployment, rollback and canary ended in which way, and how
// long their phases took, since the project's first. history.json keeps the newest thousand lines;
// a counter has to remember those that are gone.
//
// Totals follow the history: each line has a number, and what is newer than `counted` is added. A
// command that was killed between writing the two is made up for by the next.
#pragma once

#include "cli/history/history.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace teal::cli {

struct DurationTotal {
    std::uint64_t count = 0;
    double sum_s = 0;
    double last_s = 0;
};

struct DeploymentTotals {
    std::uint64_t counted = 0;  // number of the newest history line that is in here
    // By operation ("perform") and outcome ("switched").
    std::map<std::string, std::map<std::string, std::uint64_t>> outcomes{};
    std::map<std::string, DurationTotal> operations{};  // by operation
    std::map<std::string, DurationTotal> phases{};      // of deployments, by phase
    // Of the last deployment (perform or switch); 0 and empty: none yet.
    std::uint64_t last_unix_ns = 0;
    std::string last_outcome{};
};

// Adds the lines that are newer than what is counted.
void add_to_totals(DeploymentTotals& totals, const std::vector<HistoryEntry>& entries);

std::string totals_text(const DeploymentTotals& totals);
// Throws Error naming `file` when it is damaged.
DeploymentTotals parse_totals(const std::string& file, const std::string& text);

std::filesystem::path totals_file(const std::filesystem::path& deployment_directory);
// None there: zeros. Throws Error.
DeploymentTotals read_totals(const std::filesystem::path& deployment_directory);

// The outcomes that mean a deployment did not come to what was wanted of it.
bool is_failed_outcome(const std::string& outcome);

}  // namespace teal::cli
