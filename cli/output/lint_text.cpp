#include "cli/output/lint_output.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

std::string counted(std::size_t count, const char* one, const char* many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string severity_words(migration::Severity severity) {
    constexpr Colour kColours[] = {Colour::red, Colour::yellow, Colour::yellow};
    return coloured(migration::severity_name(severity), kColours[static_cast<unsigned>(severity)]);
}

std::string finding_text(const migration::Finding& finding) {
    std::string text = fmt::format("{}:{}:{}: {}: {}\n", finding.file, finding.position.line,
                                   finding.position.column, severity_words(finding.severity),
                                   coloured(facts_of(finding.rule).id, Colour::bold));
    text += "    " + (finding.object.empty() ? "" : finding.object + ": ") + finding.message + "\n";
    if (const std::string effect = effect_words(finding.effect); !effect.empty()) {
        text += "    lock: " + effect + "\n";
    }
    return text + "    instead: " + finding.safe + "\n";
}

}  // namespace

std::string effect_words(const migration::Effect& effect) {
    std::string text = lock_name(effect.lock);
    if (const std::string blocks = blocking_words(effect.lock); !blocks.empty()) {
        text += " (" + blocks + ")";
    }
    const char* rows = effect.rewrites ? "rewrites the table"
                       : effect.scans  ? "reads the whole table"
                                       : "";
    return text + (text.empty() || *rows == '\0' ? "" : ", ") + rows;
}

std::string lint_text(const migration::Report& report) {
    std::string text;
    std::size_t statements = 0;
    for (const migration::Finding& finding : report.findings) {
        text += finding.ignored.empty() ? finding_text(finding) : "";
    }
    for (const migration::FileReport& file : report.files) {
        statements += file.statements;
    }
    text += fmt::format("{}{}, {}: {}, {}, {} unknown, {} ignored\n", text.empty() ? "" : "\n",
                        counted(report.files.size(), "file", "files"),
                        counted(statements, "statement", "statements"),
                        counted(report.count(migration::Severity::error), "error", "errors"),
                        counted(report.count(migration::Severity::warning), "warning", "warnings"),
                        report.count(migration::Severity::unknown), report.ignored());
    if (report.skipped_down_files > 0) {
        text += fmt::format(
            "not linted: {} of the way back (*.down.sql and the like); name them to "
            "lint them\n",
            counted(report.skipped_down_files, "file", "files"));
    }
    return text;
}

}  // namespace teal::cli
