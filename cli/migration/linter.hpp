// Lints migration files in their order. Pure: bytes in, report out.
//
// Files are judged in order because the order tells things: the type a column has, the CHECK that
// lets SET NOT NULL pass without reading the table.
#pragma once

#include "cli/migration/finding.hpp"
#include "cli/migration/schema.hpp"
#include "cli/migration/source_text.hpp"

namespace teal::cli::migration {

class Linter {
public:
    explicit Linter(LintOptions options) : options_(options) {}

    // Adds the file's findings to the report. Never throws for what the file holds.
    void lint(const SourceText& source);
    const Report& report() const { return report_; }
    Report& report() { return report_; }

private:
    LintOptions options_;
    Schema schema_{};
    Report report_{};
};

}  // namespace teal::cli::migration
