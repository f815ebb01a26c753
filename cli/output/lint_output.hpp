// What `teal db lint` found: for people, for programs, for code scanning (SARIF 2.1.0), and as
// annotations of a GitHub workflow.
#pragma once

#include "cli/migration/finding.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli {

std::string lint_text(const migration::Report& report);
nlohmann::ordered_json lint_json(const migration::Report& report);
nlohmann::ordered_json lint_sarif(const migration::Report& report);
std::string lint_github(const migration::Report& report);

// The rules: aligned for a terminal, as a Markdown table (README's), as JSON.
std::string rules_text();
std::string rules_markdown();
nlohmann::ordered_json rules_json();

// "ACCESS EXCLUSIVE (blocks reads and writes), rewrites the table"; empty when nothing is known.
std::string effect_words(const migration::Effect& effect);

}  // namespace teal::cli
