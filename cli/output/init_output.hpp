// What `teal init` made of a table, and the lines that nginx.conf needs for it.
#pragma once

#include "cli/traffic/initial_table.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace teal::cli {

// A whole http{} with these splits. A split of blue and green is one of deployments: it is pinned
// by a header, for the smoke test, and shielded.
std::string nginx_lines(const TablePaths& paths, const std::vector<SplitOutcome>& splits);

// "table … made", "secret … exists", "split …": a line each.
std::string made_text(const InitPlan& plan, const InitOutcome& outcome);
std::string init_text(const InitPlan& plan, const InitOutcome& outcome);
nlohmann::ordered_json init_json(const InitPlan& plan, const InitOutcome& outcome);

}  // namespace teal::cli
