#include "cli/output/lint_output.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json finding_json(const migration::Finding& finding) {
    return {{"rule", facts_of(finding.rule).id},
            {"severity", migration::severity_name(finding.severity)},
            {"file", finding.file},
            {"line", finding.position.line},
            {"column", finding.position.column},
            {"byte_column", finding.position.byte_column},
            {"object", or_null(finding.object)},
            {"message", finding.message},
            {"lock", or_null(lock_name(finding.effect.lock))},
            {"rewrites", finding.effect.rewrites},
            {"scans", finding.effect.scans},
            {"instead", finding.safe},
            {"ignored", or_null(finding.ignored)}};
}

}  // namespace

Json lint_json(const migration::Report& report) {
    Json json{{"safe", !report.failed()},
              {"errors", report.count(migration::Severity::error)},
              {"warnings", report.count(migration::Severity::warning)},
              {"unknown", report.count(migration::Severity::unknown)},
              {"ignored", report.ignored()},
              {"skipped_down_files", report.skipped_down_files},
              {"files", Json::array()},
              {"findings", Json::array()}};
    for (const migration::FileReport& file : report.files) {
        json["files"].push_back({{"file", file.file},
                                 {"statements", file.statements},
                                 {"contract", file.marked_contract}});
    }
    for (const migration::Finding& finding : report.findings) {
        json["findings"].push_back(finding_json(finding));
    }
    return json;
}

}  // namespace teal::cli
