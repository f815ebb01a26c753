// Every lint case finds what it says it finds. Whether that is right, PostgreSQL says in
// tests/database/lint_oracle_test.cpp, from the same cases.
#include "tests/fixtures/lint_cases.hpp"
#include "cli/migration/linter.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <set>

using namespace teal;
using cli::migration::Finding;
using cli::migration::Linter;
using cli::migration::LintOptions;

namespace {

std::vector<std::string> rules_found(const fixtures::LintCase& one) {
    LintOptions options;
    options.assume_in_transaction = one.assume;
    options.server_version = one.server;
    Linter linter(options);
    if (!one.alone) {
        linter.lint({"base.sql", fixtures::lint_base()});
    }
    linter.lint({"before.sql", one.before});
    linter.lint({"case.sql", one.sql});
    std::vector<std::string> rules;
    for (const Finding& finding : linter.report().findings) {
        if (finding.file == "case.sql" && finding.ignored.empty()) {
            rules.emplace_back(facts_of(finding.rule).id);
        }
    }
    return rules;
}

}  // namespace

TEST_CASE("each lint case breaks the rules it names and no other", "[lint]") {
    for (const fixtures::LintCase& one : fixtures::lint_cases()) {
        INFO(one.name << "\n" << one.sql);
        CHECK(rules_found(one) == one.rules);
    }
}

TEST_CASE("each rule about a statement has a lint case that breaks it", "[lint]") {
    std::set<std::string> broken;
    for (const fixtures::LintCase& one : fixtures::lint_cases()) {
        broken.insert(one.rules.begin(), one.rules.end());
    }
    for (const auto& facts : cli::migration::rule_table()) {
        if (facts.kind != cli::migration::RuleKind::file) {
            INFO(facts.id);
            CHECK(broken.contains(facts.id));
        }
    }
}

TEST_CASE("lint cases have names of their own", "[lint]") {
    const auto cases = fixtures::lint_cases();
    REQUIRE(cases.size() > 100);
    CHECK(std::adjacent_find(cases.begin(), cases.end(), [](const auto& a, const auto& b) {
              return a.name == b.name;
          }) == cases.end());
}
