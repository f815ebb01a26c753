// What `teal db lint` prints, in each of its forms; and README's table of rules.
#include "cli/output/lint_output.hpp"
#include "cli/migration/linter.hpp"
#include "tests/catch.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <sstream>

using namespace teal::cli;
using namespace teal::cli::migration;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr char kSql[] =
    "CREATE INDEX users_name ON users (name);\n"
    "-- teal: ignore drop-schema it was never used\n"
    "DROP SCHEMA old;\n";

Report report_of(const std::string& name, const std::string& sql) {
    Linter linter({});
    linter.lint({name, sql});
    return linter.report();
}

std::string read(const std::string& file) {
    std::ifstream stream(file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("the text names place, rule, lock and what to write instead", "[lint]") {
    CHECK(lint_text(report_of("m/1.sql", kSql)) ==
          "m/1.sql:1:1: error: index-not-concurrently\n"
          "    users: CREATE INDEX blocks writes while it reads the whole table\n"
          "    lock: SHARE (blocks writes), reads the whole table\n"
          "    instead: CREATE INDEX CONCURRENTLY users_name ON users (…), outside a transaction\n"
          "m/1.sql:1:1: error: lock-timeout-missing\n"
          "    users: waits for its SHARE lock without lock_timeout: whoever comes later waits "
          "behind it\n"
          "    lock: SHARE (blocks writes), reads the whole table\n"
          "    instead: SET lock_timeout = '2s'; before it, and retry\n"
          "\n"
          "1 file, 2 statements: 2 errors, 0 warnings, 0 unknown, 1 ignored\n");
}

TEST_CASE("JSON says of each finding what the text says, and what was ignored", "[lint]") {
    const auto json = lint_json(report_of("m/1.sql", kSql));
    CHECK(json["safe"] == false);
    CHECK(json["errors"] == 2);
    CHECK(json["ignored"] == 1);
    CHECK(json["files"][0]["statements"] == 2);
    const auto& index = json["findings"][0];
    CHECK(index["rule"] == "index-not-concurrently");
    CHECK(index["severity"] == "error");
    CHECK(index["lock"] == "SHARE");
    CHECK(index["scans"] == true);
    CHECK(index["rewrites"] == false);
    CHECK(index["ignored"].is_null());
    CHECK(json["findings"][2]["ignored"] == "it was never used");
}

TEST_CASE("SARIF holds every rule, and each result points at one", "[lint]") {
    const auto sarif = lint_sarif(report_of("m/a b.sql", kSql));
    CHECK(sarif["version"] == "2.1.0");
    const auto& run = sarif["runs"][0];
    const auto& rules = run["tool"]["driver"]["rules"];
    CHECK(rules.size() == rule_table().size());
    REQUIRE(run["results"].size() == 3);
    for (const auto& result : run["results"]) {
        CHECK(rules[result["ruleIndex"].get<std::size_t>()]["id"] == result["ruleId"]);
        CHECK(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] ==
              "m/a%20b.sql");
    }
    CHECK(run["results"][2]["suppressions"][0]["kind"] == "inSource");
    CHECK(run["columnKind"] == "unicodeCodePoints");
}

TEST_CASE("annotations for GitHub are one line each, escaped", "[lint]") {
    const std::string text = lint_github(report_of("m/1,a.sql", kSql));
    CHECK_THAT(text, ContainsSubstring("::error file=m/1%2Ca.sql,line=1,col=1,"
                                       "title=index-not-concurrently::users: CREATE INDEX blocks"));
    CHECK_THAT(text, ContainsSubstring("%0Alock: SHARE"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("bytes that are no UTF-8 reach no output", "[lint]") {
    const auto json = lint_json(report_of("caf\xE9.sql", "DROP SCHEMA caf\xE9;"));
    CHECK_NOTHROW(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

TEST_CASE("warnings alone do not fail, what is unknown does", "[lint]") {
    CHECK_FALSE(report_of("a", "CREATE TABLE a (b json);").failed());
    CHECK(report_of("a", "DO $$ BEGIN END $$;").failed());
    CHECK(report_of("a", "SELEC 1;").failed());
    CHECK_FALSE(report_of("a", "-- teal: ignore do-block harmless\nDO $$ BEGIN END $$;").failed());
}

TEST_CASE("rules have ids of their own, in kebab-case", "[lint]") {
    std::set<std::string> ids;
    for (const RuleFacts& facts : rule_table()) {
        const std::string id = facts.id;
        CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
        CHECK(rule_of(id) == facts.rule);
        ids.insert(id);
    }
    CHECK(ids.size() == rule_table().size());
    CHECK_FALSE(rule_of("no-such-rule"));
}

TEST_CASE("README's table of rules is the program's", "[lint]") {
    // teal db lint --rules --format markdown
    CHECK_THAT(read(std::string(TEAL_SOURCE_DIR) + "/README.md"),
               ContainsSubstring(rules_markdown()));
}
