// SARIF 2.1.0 (OASIS), as code scanning reads it. Columns are code points, and the run says so.
#include "cli/output/lint_output.hpp"

#include "teal_version.hpp"

#include <nlohmann/json.hpp>

#include <cctype>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* level_of(migration::Severity severity) {
    return severity == migration::Severity::warning ? "warning" : "error";
}

// A relative reference as RFC 3986 has it: what is no unreserved character is percent-encoded.
std::string uri_of(const std::string& path) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string uri = path.starts_with('/') ? "file://" : "";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '/' || c == '-' || c == '.' || c == '_' || c == '~') {
            uri += c;
        } else {
            uri += {'%', kHex[byte >> 4u], kHex[byte & 15u]};
        }
    }
    return uri;
}

Json rule_json(const migration::RuleFacts& facts) {
    return {{"id", facts.id},
            {"shortDescription", {{"text", facts.what}}},
            {"help", {{"text", std::string("Instead: ") + facts.safe}}},
            {"defaultConfiguration", {{"level", level_of(facts.severity)}}}};
}

Json result_json(const migration::Finding& finding) {
    const std::string effect = effect_words(finding.effect);
    Json result{{"ruleId", facts_of(finding.rule).id},
                {"ruleIndex", static_cast<unsigned>(finding.rule)},
                {"level", level_of(finding.severity)},
                {"message",
                 {{"text", (finding.object.empty() ? "" : finding.object + ": ") + finding.message +
                               (effect.empty() ? "" : ". Lock: " + effect) +
                               ". Instead: " + finding.safe}}},
                {"locations", Json::array({{{"physicalLocation",
                                             {{"artifactLocation", {{"uri", uri_of(finding.file)}}},
                                              {"region",
                                               {{"startLine", finding.position.line},
                                                {"startColumn", finding.position.column}}}}}}})}};
    if (!finding.ignored.empty()) {
        result["suppressions"] =
            Json::array({{{"kind", "inSource"}, {"justification", finding.ignored}}});
    }
    return result;
}

}  // namespace

Json lint_sarif(const migration::Report& report) {
    Json rules = Json::array();
    for (const migration::RuleFacts& facts : migration::rule_table()) {
        rules.push_back(rule_json(facts));
    }
    Json results = Json::array();
    for (const migration::Finding& finding : report.findings) {
        results.push_back(result_json(finding));
    }
    Json run{
        {"tool", {{"driver", {{"name", "teal db lint"}, {"version", kVersion}, {"rules", rules}}}}},
        {"columnKind", "unicodeCodePoints"},
        {"results", results}};
    return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", Json::array({run})}};
}

}  // namespace teal::cli
