// How a file is read: encodings, positions, statements, directives.
#include "cli/migration/grammar.hpp"
#include "cli/migration/linter.hpp"
#include "cli/migration/migration_files.hpp"
#include "cli/migration/statement_split.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <filesystem>
#include <fstream>

using namespace teal::cli::migration;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<Finding> findings_of(const std::string& sql, LintOptions options = {}) {
    Linter linter(options);
    linter.lint({"a.sql", sql});
    return linter.report().findings;
}

// "line:column/byte rule", one a line.
std::string places_of(const std::string& sql) {
    std::string text;
    for (const Finding& finding : findings_of(sql)) {
        text += std::to_string(finding.position.line) + ":" +
                std::to_string(finding.position.column) + "/" +
                std::to_string(finding.position.byte_column) + " " + facts_of(finding.rule).id +
                (finding.ignored.empty() ? "" : " ignored") + "\n";
    }
    return text;
}

std::vector<std::string> statements_of(const std::string& sql) {
    std::vector<std::string> statements;
    for (const Piece& piece : split_statements(sql).pieces) {
        statements.push_back(sql.substr(piece.range.begin, piece.range.end - piece.range.begin));
    }
    return statements;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("columns count characters, byte columns bytes", "[lint]") {
    CHECK(places_of("/* é€😀 */ DROP SCHEMA x;") == "1:11/17 drop-schema\n");
    CHECK(places_of("SELECT 'ü';\r\n  DROP SCHEMA x;\r\n") == "2:3/3 drop-schema\n");
    CHECK(places_of("\xEF\xBB\xBF"
                    "DROP SCHEMA x;") == "1:1/1 drop-schema\n");
    CHECK(places_of("SELECT 'é' fro m x y") == "1:16/17 cannot-parse\n");
}

TEST_CASE("columns are right far into a line that is long", "[lint]") {
    std::string sql = "SELECT '";
    for (int i = 0; i < 10000; ++i) {
        sql += "é";
    }
    CHECK(places_of(sql + "'; DROP SCHEMA x") == "1:10012/20012 drop-schema\n");
}

TEST_CASE("a file that is not UTF-8 is linted and said to be so", "[lint]") {
    CHECK(places_of("SELECT 'caf\xE9'; DROP SCHEMA x;") ==
          "1:12/12 not-utf8\n1:16/16 drop-schema\n");
    CHECK(places_of("CREATE TABLE caf\xE9 (id int); CREATE INDEX ON caf\xE9 (id);") ==
          "1:17/17 not-utf8\n");
    // An overlong form, a surrogate, a cut character.
    CHECK_THAT(places_of("SELECT '\xC0\xAF';"), ContainsSubstring("1:9/9 not-utf8"));
    CHECK_THAT(places_of("SELECT '\xED\xA0\x80';"), ContainsSubstring("1:9/9 not-utf8"));
    CHECK_THAT(places_of("SELECT 1; -- \xE2\x82"), ContainsSubstring("1:14/14 not-utf8"));
}

TEST_CASE("what is no text is refused by name", "[lint]") {
    CHECK_THROWS_WITH(SourceText("dump", std::string("PGDMP\0\1", 7)),
                      ContainsSubstring("dump is not text: byte 6 of it is NUL"));
    CHECK_THROWS_WITH(SourceText("wide.sql",
                                 "\xFF\xFE"
                                 "D"),
                      ContainsSubstring("UTF-16"));
}

TEST_CASE("semicolons of strings, comments, bodies and parentheses end no statement", "[lint]") {
    CHECK(statements_of("SELECT ';'; SELECT 2") == Texts{"SELECT ';'", "SELECT 2"});
    CHECK(statements_of("SELECT 'it''s;'; SELECT 2") == Texts{"SELECT 'it''s;'", "SELECT 2"});
    CHECK(statements_of("SELECT E'\\';'; SELECT 2") == Texts{"SELECT E'\\';'", "SELECT 2"});
    CHECK(statements_of("SELECT '\\'; SELECT 2") == Texts{"SELECT '\\'", "SELECT 2"});
    CHECK(statements_of("SELECT E'a'\n '\\';'; SELECT 2") ==
          Texts{"SELECT E'a'\n '\\';'", "SELECT 2"});
    CHECK(statements_of("SELECT \"a;\"\"b\"; SELECT 2") == Texts{"SELECT \"a;\"\"b\"", "SELECT 2"});
    CHECK(statements_of("SELECT U&\"a;\"; SELECT 2") == Texts{"SELECT U&\"a;\"", "SELECT 2"});
    CHECK(statements_of("DO $x$ ; $$ ; $x$; SELECT 2") == Texts{"DO $x$ ; $$ ; $x$", "SELECT 2"});
    CHECK(statements_of("SELECT $1; SELECT a$b$c; SELECT 2") ==
          Texts{"SELECT $1", "SELECT a$b$c", "SELECT 2"});
    CHECK(statements_of("/* ; /* ; */ ; */ SELECT 1 -- ;\n; SELECT 2") ==
          Texts{"SELECT 1", "SELECT 2"});
    CHECK(statements_of("CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2); SELECT 3") ==
          Texts{"CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)", "SELECT 3"});
    CHECK(statements_of("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 "
                        "END; SELECT 2; END; SELECT 3")
              .size() == 2);
    CHECK(statements_of(" ;; ;\n") == Texts{});
}

TEST_CASE("psql commands and COPY data are told from SQL", "[lint]") {
    const std::string sql =
        "\\set x it's\nCOPY t (a) FROM stdin;\nit's; \"x\n\\.\nSELECT 1 \\gset\nSELECT 2;";
    const Split split = split_statements(sql);
    REQUIRE(split.pieces.size() == 6);
    CHECK(split.pieces[0].kind == PieceKind::psql_command);
    CHECK(split.pieces[1].kind == PieceKind::sql);
    CHECK(split.pieces[2].kind == PieceKind::copy_data);
    CHECK(split.pieces[4].kind == PieceKind::psql_command);
    CHECK(statements_of(sql)[5] == "SELECT 2");
    CHECK(places_of("COPY t FROM stdin;\n1\n") == "2:1/1 copy-data\n2:1/1 cannot-parse\n");
}

TEST_CASE("what does not end is said, and what stands before it is linted", "[lint]") {
    CHECK_THAT(places_of("DROP SCHEMA x; SELECT 'abc"),
               ContainsSubstring("1:1/1 drop-schema\n1:23/23 cannot-parse"));
    CHECK_THAT(places_of("DROP SCHEMA x; DO $$ abc"), ContainsSubstring("cannot-parse"));
    CHECK_THAT(places_of("DROP SCHEMA x; /* abc"), ContainsSubstring("cannot-parse"));
    CHECK_THAT(places_of("SELECT \"abc"), ContainsSubstring("cannot-parse"));
}

TEST_CASE("a statement that cannot be parsed hides none of the others", "[lint]") {
    CHECK(places_of("DROP SCHEMA a; SELEC 1; DROP SCHEMA b;") ==
          "1:1/1 drop-schema\n1:16/16 cannot-parse\n1:25/25 drop-schema\n");
}

TEST_CASE("what nests too deep is refused, not followed", "[lint]") {
    std::string chain = "SELECT 1";
    for (int i = 0; i < 400000; ++i) {
        chain += "+1";
    }
    CHECK_THAT(findings_of(chain).at(0).message, ContainsSubstring("deeper than 5000 levels"));
    CHECK_THAT(findings_of("SELECT " + std::string(100000, '(') + "1").at(0).message,
               ContainsSubstring("deeper than 5000 levels"));
    std::string deep = "SELECT 1";
    for (int i = 0; i < 4900; ++i) {
        deep += "+1";
    }
    CHECK(findings_of(deep).empty());
    // A long list is no depth.
    std::string list = "INSERT INTO t VALUES (1,2)";
    for (int i = 0; i < 50000; ++i) {
        list += ",(1,-2)";
    }
    CHECK(findings_of(list).empty());
}

TEST_CASE("a directive ignores one rule of one statement, with a reason", "[lint]") {
    CHECK(places_of("-- teal: ignore drop-schema nobody uses it\nDROP SCHEMA x;\nDROP SCHEMA y;") ==
          "2:1/1 drop-schema ignored\n3:1/1 drop-schema\n");
    CHECK(places_of("DROP SCHEMA x; -- teal: ignore drop-schema unused\nDROP SCHEMA y;") ==
          "1:1/1 drop-schema ignored\n2:1/1 drop-schema\n");
    CHECK(places_of("DROP SCHEMA\n-- teal: ignore drop-schema unused\nx;") ==
          "1:1/1 drop-schema ignored\n");
    CHECK(places_of("-- teal: ignore drop-schema\nDROP SCHEMA x;") ==
          "1:1/1 bad-directive\n2:1/1 drop-schema\n");
    CHECK(places_of("-- teal: ignore drop-schema ---\nDROP SCHEMA x;") ==
          "1:1/1 bad-directive\n2:1/1 drop-schema\n");
    CHECK(places_of("-- teal: ignore set-not-null it is small\nSELECT 1;") ==
          "1:1/1 unused-ignore\n");
    CHECK(places_of("-- teal: ignore cannot-parse because\nSELEC 1;") ==
          "1:1/1 bad-directive\n2:1/1 cannot-parse\n");
    CHECK(places_of("SELECT '-- teal: ignore nonsense';") == "");
}

TEST_CASE("a misspelt rule or directive is an error with a suggestion", "[lint]") {
    CHECK_THAT(findings_of("-- teal: ignore drop-schem because\nSELECT 1;").at(0).message,
               ContainsSubstring("did you mean \"drop-schema\"?"));
    CHECK_THAT(findings_of("-- teal: contrakt\nSELECT 1;").at(0).message,
               ContainsSubstring("did you mean \"contract\"?"));
}

TEST_CASE("the contract mark allows what drops, and only that", "[lint]") {
    CHECK(places_of("-- teal: contract\nDROP SCHEMA x; ALTER TABLE a DROP COLUMN b;") ==
          "2:16/16 lock-timeout-missing\n");
}

TEST_CASE("the way back of a file that keeps both is not linted", "[lint]") {
    CHECK(places_of("-- migrate:up\nSELECT 1;\n-- migrate:down\nDROP SCHEMA x;") == "");
    CHECK(places_of("-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP SCHEMA x;") == "");
    LintOptions options;
    options.assume_in_transaction = true;
    const std::string index = "CREATE INDEX CONCURRENTLY i ON t (a);";
    CHECK(findings_of(index, options).size() == 1);
    CHECK(findings_of("-- migrate:up transaction:false\n" + index, options).empty());
    CHECK(findings_of("-- +goose NO TRANSACTION\n" + index, options).empty());
}

TEST_CASE("a directory is read in the order in which migrations run", "[lint]") {
    CHECK(runs_before("V2__a.sql", "V10__b.sql"));
    CHECK_FALSE(runs_before("V10__b.sql", "V2__a.sql"));
    CHECK(runs_before("001_a.sql", "002_a.sql"));
    CHECK(runs_before("20240101_a.sql", "20240102_a.sql"));
    CHECK_FALSE(runs_before("1.sql", "1.sql"));

    const teal::fixtures::TemporaryDirectory directory;
    std::filesystem::create_directory(directory / "2_more");
    for (const char* name :
         {"10.sql", "9.sql", "2_more/migration.sql", "9.down.sql", "notes.txt"}) {
        std::ofstream(directory / name) << "SELECT 1;";
    }
    const MigrationFiles files = read_migration_files({directory.path()});
    REQUIRE(files.sources.size() == 3);
    CHECK(files.skipped_down_files == 1);
    CHECK(files.sources[0].name() == directory / "2_more/migration.sql");
    CHECK(files.sources[1].name() == directory / "9.sql");
    CHECK(files.sources[2].name() == directory / "10.sql");
}

TEST_CASE("files that are missing and directories without one are errors", "[lint]") {
    const teal::fixtures::TemporaryDirectory directory;
    CHECK_THROWS_WITH(read_migration_files({directory / "none.sql"}),
                      ContainsSubstring("there is no file or directory"));
    CHECK_THROWS_WITH(read_migration_files({directory.path()}),
                      ContainsSubstring("it holds no *.sql file"));
    std::ofstream(directory / "1.down.sql") << "SELECT 1;";
    CHECK_THROWS_WITH(read_migration_files({directory.path()}),
                      ContainsSubstring("but those of the way back"));
}
