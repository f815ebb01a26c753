// Migration files of any content: whatever is in them, the linter comes to an end, every finding
// points into the file and has its texts, and nothing is silent: a file of which a part could not
// be parsed fails.
#include "cli/error.hpp"
#include "cli/migration/linter.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace teal::cli::migration;

namespace {

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(const Report& report, const SourceText& source) {
    const Position end = source.at(source.text().size());
    bool refused = false;
    for (const Finding& finding : report.findings) {
        must(finding.position.line >= 1 && finding.position.line <= end.line);
        must(finding.position.column >= 1 &&
             finding.position.column <= finding.position.byte_column);
        must(!finding.message.empty() && !finding.safe.empty());
        refused = refused || finding.rule == Rule::cannot_parse;
    }
    must(!refused || report.failed());
    must(report.files.size() == 1 &&
         (refused || report.files[0].effects.size() >= report.files[0].statements));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    LintOptions options;
    options.assume_in_transaction = (data[0] & 1u) != 0;
    options.server_version = 13 + (data[0] >> 1u) % 5;
    try {
        const SourceText source("fuzzed.sql",
                                std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
        Linter linter(options);
        linter.lint(source);
        check(linter.report(), source);
    } catch (const teal::cli::Error&) {
        // No text: refused before anything is read.
    }
    return 0;
}
