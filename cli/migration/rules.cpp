#include "cli/migration/rules.hpp"

#include <algorithm>
#include <array>

namespace teal::cli::migration {
namespace {

constexpr auto kError = Severity::error;
constexpr auto kWarning = Severity::warning;
constexpr auto kUnknown = Severity::unknown;
constexpr auto kLock = RuleKind::lock;
constexpr auto kDrops = RuleKind::drops;
constexpr auto kOrder = RuleKind::order;
constexpr auto kFile = RuleKind::file;

constexpr std::array kRules{
#include "cli/migration/rule_entries.inc"
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kRules.size(); ++i) {
        if (static_cast<std::size_t>(kRules[i].rule) != i) {
            return false;
        }
    }
    return kRules.size() == static_cast<std::size_t>(Rule::count);
}
static_assert(in_order(), "one entry a rule, in the order of the enumeration");

}  // namespace

std::span<const RuleFacts> rule_table() {
    return kRules;
}

const RuleFacts& facts_of(Rule rule) {
    return kRules[static_cast<std::size_t>(rule)];
}

std::optional<Rule> rule_of(std::string_view id) {
    const auto* const found = std::find_if(kRules.begin(), kRules.end(),
                                           [&](const RuleFacts& facts) { return facts.id == id; });
    return found == kRules.end() ? std::nullopt : std::optional(found->rule);
}

const char* severity_name(Severity severity) {
    constexpr const char* kNames[] = {"error", "warning", "unknown"};
    return kNames[static_cast<unsigned>(severity)];
}

}  // namespace teal::cli::migration
