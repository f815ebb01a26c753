// Ground truth: every lint case runs in a real PostgreSQL, and what the linter says of each
// statement - the strongest lock, whether a table is rewritten, whether it is read under that lock
// - must be what the server's own pg_locks, relfilenodes and counts say. "Safe" means no rewrite,
// and no scan under a lock that blocks reads or writes.
#include "cli/migration/judging/functions.hpp"
#include "cli/migration/linter.hpp"
#include "cli/migration/statement_split.hpp"
#include "tests/catch.hpp"
#include "tests/database/observed_statement.hpp"
#include "tests/database/sql_session.hpp"
#include "tests/fixtures/lint_cases.hpp"
#include "tests/harness/catch_failures.hpp"
#include "tests/harness/postgres_server.hpp"

#include <algorithm>
#include <regex>

using namespace teal;
using namespace teal::cli::migration;
using database::Observed;
using database::Observer;

namespace {

std::string text_of(const Effect& effect) {
    return std::string(lock_name(effect.lock)) + (effect.rewrites ? ", rewrites" : "") +
           (effect.scans ? ", scans" : "");
}

struct Claims {
    std::vector<std::string> statements;
    std::vector<Effect> effects;  // of each
    std::vector<bool> guesses;    // a finding says that it may be otherwise
    std::vector<bool> safe;       // nothing was found that is about a lock
};

// Not "safe": said about the lock it takes, or about one that the transaction holds.
bool is_about_locks(const Finding& finding) {
    return finding.effect.rewrites || finding.effect.scans ||
           finding.rule == Rule::after_access_exclusive || finding.rule == Rule::backfill_with_ddl;
}

bool is_guess(const Finding& finding) {
    return finding.severity == Severity::unknown || finding.rule == Rule::primary_key_nullable ||
           finding.rule == Rule::add_column_unknown_default;
}

Claims claims_of(const fixtures::LintCase& one) {
    LintOptions options;
    options.assume_in_transaction = one.assume;
    Linter linter(options);
    if (!one.alone) {
        linter.lint({"base.sql", fixtures::lint_base()});
    }
    linter.lint({"before.sql", one.before});
    linter.lint({"case.sql", one.sql});
    Claims claims;
    const Split split = split_statements(one.sql);
    const auto& effects = linter.report().files.back().effects;
    REQUIRE(effects.size() == split.pieces.size());
    for (std::size_t i = 0; i < effects.size(); ++i) {
        const Range& range = split.pieces[i].range;
        claims.statements.push_back(one.sql.substr(range.begin, range.end - range.begin));
        claims.effects.push_back(effects[i].effect);
        bool guess = false;
        bool found = false;
        for (const Finding& finding : linter.report().findings) {
            const std::size_t next = i + 1 < effects.size() ? effects[i + 1].position.line : ~0u;
            const bool here = finding.file == "case.sql" &&
                              finding.position.line >= effects[i].position.line &&
                              finding.position.line < next;
            guess = guess || (here && is_guess(finding));
            found = found || (here && (is_about_locks(finding) || is_guess(finding)));
        }
        claims.guesses.push_back(guess);
        claims.safe.push_back(!found);
    }
    return claims;
}

bool no_transaction_may_hold(const std::string& sql) {
    return std::regex_search(sql, std::regex("CONCURRENTLY|^VACUUM")) &&
           sql.rfind("REFRESH", 0) != 0;
}

// What PostgreSQL says otherwise; empty: it agrees. `since_begin`: of the whole transaction, whose
// locks the session still holds.
std::string disagreement(const Claims& claims, std::size_t i, const Effect& since_begin,
                         const Observed& observed) {
    const Effect& claimed = claims.effects[i];
    const Effect& seen = observed.effect;
    if (claims.safe[i] && !observed.safe) {
        return "nothing was found, and it is not safe";
    }
    if (observed.writers_went_on && blocks_writes(claimed.lock)) {
        return "it blocks no writers";
    }
    if (claims.guesses[i]) {
        return "";
    }
    const bool locks = since_begin.lock > Lock::access_share;
    if (observed.lock_is_known && locks && since_begin.lock != seen.lock) {
        return "the lock is another";
    }
    if (observed.lock_is_known && !locks && blocks_writes(seen.lock)) {
        return "it takes a lock that blocks";
    }
    if (claimed.rewrites != seen.rewrites) {
        return claimed.rewrites ? "it rewrites nothing" : "it rewrites";
    }
    if (observed.lock_is_known && claimed.lock > Lock::row_exclusive &&
        claimed.scans != seen.scans) {
        return claimed.scans ? "it reads nothing" : "it reads all rows";
    }
    return "";
}

std::string words_of(const Claims& claims, std::size_t i, const Observed& observed) {
    return claims.statements[i] + "\nclaimed:  " + text_of(claims.effects[i]) +
           "\nobserved: " + text_of(observed.effect) + "\n" + observed.words;
}

bool ends_transaction(const std::string& sql) {
    return sql.rfind("COMMIT", 0) == 0 || sql == "ROLLBACK";
}

// All disagreements, a line or more each.
std::string disagreements(Observer& observer, const fixtures::LintCase& one, const Claims& claims) {
    std::string found;
    std::string refused;
    observer.prepare(fixtures::lint_base() + one.before);
    observer.begin_case();
    bool open = one.assume;
    if (one.assume) {
        observer.run("BEGIN");
    }
    Effect since_begin;
    for (std::size_t i = 0; i < claims.statements.size() && refused.empty(); ++i) {
        const std::string& sql = claims.statements[i];
        since_begin = open ? both(since_begin, claims.effects[i]) : claims.effects[i];
        const bool alone = !open && no_transaction_may_hold(sql);
        const Observed observed = alone ? observer.run_alone(sql) : observer.run(sql);
        refused = observed.refused;
        const std::string problem =
            refused.empty() ? disagreement(claims, i, since_begin, observed) : "";
        if (!problem.empty()) {
            found += problem + ": " + words_of(claims, i, observed);
        }
        open = sql.rfind("BEGIN", 0) == 0 || (open && !ends_transaction(sql));
    }
    observer.end_case();
    if (refused != one.refused) {
        found += "refused with SQLSTATE \"" + refused + "\", expected \"" + one.refused + "\"\n";
    }
    return found;
}

struct Cluster {
    harness::Workspace workspace{"lint"};
    harness::PostgresServer server{workspace};
};

}  // namespace

TEST_CASE("PostgreSQL does what the linter says, in every lint case", "[oracle]") {
    Cluster cluster;
    Observer observer(cluster.server.connection());
    std::size_t ran = 0;
    for (const fixtures::LintCase& one : fixtures::lint_cases()) {
        if (one.run) {
            INFO(one.name);
            CHECK(disagreements(observer, one, claims_of(one)) == "");
            ++ran;
        }
    }
    CHECK(ran > 100);
}

TEST_CASE("a wrong claim is contradicted by PostgreSQL", "[oracle]") {
    Cluster cluster;
    Observer observer(cluster.server.connection());
    const auto contradicted = [&](const std::string& sql, Effect claim, bool safe) {
        fixtures::LintCase one;
        one.sql = sql;
        const Claims claims{{sql}, {claim}, {false}, {safe}};
        return disagreements(observer, one, claims);
    };
    using Catch::Matchers::ContainsSubstring;
    const Effect quick{Lock::access_exclusive, false, false};
    CHECK_THAT(contradicted("CREATE INDEX ON item (label)", {Lock::share, false, true}, true),
               ContainsSubstring("it is not safe"));
    CHECK_THAT(contradicted("ALTER TABLE item ADD COLUMN x serial", quick, false),
               ContainsSubstring("it rewrites"));
    CHECK_THAT(contradicted("ALTER TABLE item ALTER COLUMN n SET NOT NULL", quick, false),
               ContainsSubstring("it reads all rows"));
    CHECK_THAT(contradicted("ALTER TABLE item ADD COLUMN x int",
                            {Lock::access_exclusive, true, true}, false),
               ContainsSubstring("it rewrites nothing"));
    CHECK_THAT(
        contradicted("ALTER TABLE item ADD COLUMN x int", {Lock::share, false, false}, false),
        ContainsSubstring("the lock is another"));
    CHECK_THAT(contradicted("LOCK TABLE item", {}, false), ContainsSubstring("a lock that blocks"));
    CHECK_THAT(contradicted("VACUUM item", {Lock::access_exclusive, false, true}, false),
               ContainsSubstring("it blocks no writers"));
    CHECK_THAT(contradicted("CREATE INDEX CONCURRENTLY ON item (label)", {Lock::share, false, true},
                            false),
               ContainsSubstring("the lock is another"));
    CHECK_THAT(contradicted("SELECT nothing()", {}, false), ContainsSubstring("42883"));
    CHECK(contradicted("ALTER TABLE item ADD COLUMN x int", quick, true) == "");
}

TEST_CASE("functions are as steady as the server says", "[oracle]") {
    Cluster cluster;
    database::SqlSession session(cluster.server.connection());
    const auto count = [&](std::string_view name, const std::string& condition) {
        return std::stoi(
            session.one("SELECT count(*) FROM pg_proc WHERE pronamespace = "
                        "'pg_catalog'::regnamespace AND proname = '" +
                        std::string(name) + "' AND " + condition));
    };
    for (const std::string_view name : cli::migration::kSteady) {
        INFO(name);
        CHECK(count(name, "provolatile = 'v'") == 0);
        CHECK(count(name, "true") > 0);
    }
    for (const std::string_view name : cli::migration::kVolatile) {
        INFO(name);  // those of extensions are not there
        CHECK(count(name, "provolatile <> 'v'") == 0);
    }
}
