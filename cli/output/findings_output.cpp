#include "cli/output/findings_output.hpp"

#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* severity_text(Severity severity) {
    constexpr const char* kTexts[] = {"ok", "warning", "problem"};
    return kTexts[static_cast<unsigned>(severity)];
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis) {
    constexpr Colour kColours[] = {Colour::green, Colour::yellow, Colour::red};
    const Findings& findings = diagnosis.findings;
    TextTable rows("lll");
    for (const Finding& finding : findings.list()) {
        rows.add({coloured(severity_text(finding.severity),
                           kColours[static_cast<unsigned>(finding.severity)]),
                  finding.subject, finding.text});
        if (!finding.remedy.empty()) {
            rows.add({"", "", "next: " + finding.remedy});
        }
    }
    return rows.text("") + fmt::format("\nproblems: {}, warnings: {}\n",
                                       findings.count(Severity::problem),
                                       findings.count(Severity::warning));
}

Json diagnosis_json(const Diagnosis& diagnosis) {
    const Findings& findings = diagnosis.findings;
    const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
    Json json{{"problems", findings.count(Severity::problem)},
              {"warnings", findings.count(Severity::warning)},
              {"project", or_null(diagnosis.project_directory)},
              {"findings", Json::array()}};
    for (const Finding& finding : findings.list()) {
        json["findings"].push_back({{"severity", severity_text(finding.severity)},
                                    {"subject", finding.subject},
                                    {"text", finding.text},
                                    {"next_step", or_null(finding.remedy)}});
    }
    return json;
}

}  // namespace teal::cli
