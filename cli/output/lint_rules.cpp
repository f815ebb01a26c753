#include "cli/output/lint_output.hpp"
#include "cli/output/screen.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using migration::RuleFacts;
using migration::RuleKind;

const char* marking(const RuleFacts& facts) {
    return facts.kind == RuleKind::drops  ? "contract"
           : facts.kind == RuleKind::file ? ""
                                          : "ignore";
}

}  // namespace

std::string rules_text() {
    std::string text;
    for (const RuleFacts& facts : migration::rule_table()) {
        text += coloured(facts.id, Colour::bold) + "  " + migration::severity_name(facts.severity) +
                "\n    " + facts.what + "\n    instead: " + facts.safe + "\n";
    }
    return text;
}

std::string rules_markdown() {
    std::string text = "| rule | severity | what is found | instead |\n|---|---|---|---|\n";
    for (const RuleFacts& facts : migration::rule_table()) {
        text += std::string("| `") + facts.id + "` | " + migration::severity_name(facts.severity) +
                " | " + facts.what + " | " + facts.safe + " |\n";
    }
    return text;
}

nlohmann::ordered_json rules_json() {
    auto json = nlohmann::ordered_json::array();
    for (const RuleFacts& facts : migration::rule_table()) {
        json.push_back({{"rule", facts.id},
                        {"severity", migration::severity_name(facts.severity)},
                        {"allowed_by", marking(facts)},
                        {"what", facts.what},
                        {"instead", facts.safe}});
    }
    return json;
}

}  // namespace teal::cli
