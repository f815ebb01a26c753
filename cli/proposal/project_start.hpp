// The beginning of a project with Teal: what is proposed, and what is made at once.
#pragma once

#include "cli/proposal/proposal.hpp"
#include "cli/traffic/initial_table.hpp"

#include <optional>
#include <string>

namespace teal::cli {

// All that a project's init has found and done.
struct ProjectStart {
    ProjectProposal proposal{};
    InitPlan plan{};
    std::optional<InitOutcome> outcome{};  // nothing: the table could not be made
    std::string table_problem{};           // then why, and
    std::string table_remedy{};            // what to do
    std::string toml_file{};
    std::string toml_text{};  // to write there, for a Procfile; empty: there is one already
    bool toml_written = false;
    bool name_table = false;        // the table is another than the default, and nothing says so
    bool suggest_ignoring = false;  // git would commit .teal/
};

// Writes teal.toml for a Procfile when there is none, and makes the table with the entries' splits;
// a table that cannot be made is told in the result. `plan` says which table, and whether anything
// is made. Throws Error for project files that cannot be read.
ProjectStart begin_project(const Settings& settings, InitPlan plan);

}  // namespace teal::cli
