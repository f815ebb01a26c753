// What was found, and what is said about a whole run.
#pragma once

#include "cli/migration/lock.hpp"
#include "cli/migration/rules.hpp"
#include "cli/migration/source_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace teal::cli::migration {

struct Finding {
    Rule rule;
    Severity severity;
    std::string file;
    Position position{};
    std::string object;     // the table, column or index it is about; may be empty
    std::string message;    // this case, one sentence
    Effect effect{};        // of what is complained about
    std::string safe;       // what to write instead
    std::string ignored{};  // the reason given in the file; empty: not ignored
};

// What one statement does to tables that were there before, whatever the findings say.
struct StatementEffect {
    Position position{};
    Effect effect{};
};

// expand: additive, runs before the new version; migrate: changes rows; contract: takes away what
// an old version may use, runs when it is gone.
struct Phases {
    bool expand = false;
    bool migrate = false;
    bool contract = false;
};

struct FileReport {
    std::string file;
    bool marked_contract = false;
    std::size_t statements = 0;
    Phases phases{};
    std::vector<StatementEffect> effects{};
};

struct Report {
    std::vector<FileReport> files{};
    std::vector<Finding> findings{};  // by file, then position
    std::size_t skipped_down_files = 0;

    std::size_t count(Severity severity) const {
        return static_cast<std::size_t>(
            std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
                return finding.ignored.empty() && finding.severity == severity;
            }));
    }
    std::size_t ignored() const {
        return static_cast<std::size_t>(
            std::count_if(findings.begin(), findings.end(),
                          [](const Finding& finding) { return !finding.ignored.empty(); }));
    }
    // Warnings alone do not fail; what is not known does.
    bool failed() const { return count(Severity::error) + count(Severity::unknown) > 0; }
};

struct LintOptions {
    bool assume_in_transaction = false;  // the migration tool wraps each file
    int server_version = 15;             // 13 to 17
};

}  // namespace teal::cli::migration
