// Workflow commands of GitHub Actions: one line a finding, shown at its place in the change.
#include "cli/output/lint_output.hpp"

namespace teal::cli {
namespace {

// The toolkit's own escapes: data, and also the separators in properties.
std::string escaped(const std::string& text, bool property) {
    std::string result;
    for (const char c : text) {
        if (c == '%') {
            result += "%25";
        } else if (c == '\r') {
            result += "%0D";
        } else if (c == '\n') {
            result += "%0A";
        } else if (property && c == ':') {
            result += "%3A";
        } else if (property && c == ',') {
            result += "%2C";
        } else {
            result += c;
        }
    }
    return result;
}

}  // namespace

std::string lint_github(const migration::Report& report) {
    std::string text;
    for (const migration::Finding& finding : report.findings) {
        if (!finding.ignored.empty()) {
            continue;
        }
        const std::string effect = effect_words(finding.effect);
        text += finding.severity == migration::Severity::warning ? "::warning" : "::error";
        text +=
            " file=" + escaped(finding.file, true) +
            ",line=" + std::to_string(finding.position.line) +
            ",col=" + std::to_string(finding.position.column) +
            ",title=" + escaped(facts_of(finding.rule).id, true) + "::" +
            escaped((finding.object.empty() ? "" : finding.object + ": ") + finding.message +
                        (effect.empty() ? "" : "\nlock: " + effect) + "\ninstead: " + finding.safe,
                    false) +
            "\n";
    }
    return text;
}

}  // namespace teal::cli
