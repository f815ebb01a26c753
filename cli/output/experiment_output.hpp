// How an experiment is told: as text, JSON, CSV and as a page.
#pragma once

#include "cli/experiment/findings.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct ExperimentReport {
    std::optional<Experiment> experiment;  // none: a split without `teal ab start`
    ExperimentFindings findings;
    Standing standing;
    std::uint64_t made_unix_ns = 0;
};

std::string report_text(const ExperimentReport& report);
nlohmann::ordered_json report_json(const ExperimentReport& report);
// A header line, then a line for each goal and variant.
std::string report_csv(const ExperimentReport& report);
// One page that needs nothing else: no script, no request.
std::string report_html(const ExperimentReport& report);

std::string experiments_text(const std::vector<Experiment>& experiments);
nlohmann::ordered_json experiments_json(const std::vector<Experiment>& experiments);

}  // namespace teal::cli
