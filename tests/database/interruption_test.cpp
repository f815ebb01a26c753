// `teal db backup` and `restore` killed at random moments: never a file that claims to be a backup
// and is none, never a database that is half restored in the place of one that was whole.
#include "tests/catch.hpp"
#include "tests/database/database_site.hpp"
#include "tests/harness/catch_failures.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>
#include <random>
#include <thread>

using namespace teal;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using database::DatabaseSite;
using harness::Process;
using harness::RunResult;

namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

constexpr int kKills = 50;
constexpr int kRows = 1500;

microseconds time_of(const DatabaseSite& site, const std::vector<std::string>& words) {
    const RunResult result = site.teal(words);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    return result.wall;
}

// At a moment within its usual time, and a little beyond. False when it was done before.
bool killed(const DatabaseSite& site, const std::vector<std::string>& words, microseconds usual,
            std::mt19937& random) {
    std::uniform_int_distribution<long> moment(0, usual.count() * 11 / 10);
    Process process(site.process(words));
    std::this_thread::sleep_for(microseconds(moment(random)));
    process.signal(SIGKILL);
    process.wait(10s);
    return process.exit_code() == 128 + SIGKILL;
}

// What was started for a command that was killed ends with it.
void wait_for_end_of_sessions(const DatabaseSite& site) {
    CHECK(harness::becomes_true(
        [&] {
            return site.session("postgres")
                       .one(
                           "SELECT count(*) FROM pg_stat_activity WHERE "
                           "application_name IN ('teal', 'pg_dump', "
                           "'pg_restore')") == "0";
        },
        30s));
}

std::size_t unfinished(const DatabaseSite& site) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(site.store)) {
        count += entry.path().filename().string().starts_with(".unfinished-") ? 1u : 0u;
    }
    return count;
}

}  // namespace

TEST_CASE("a backup that is killed at a random moment is none, or whole") {
    DatabaseSite site;
    site.make_rows(kRows);
    std::mt19937 random(20261124);
    int ends = 0;
    for (const char* jobs : {"1", "3"}) {
        const std::vector<std::string> words{"backup", "--jobs", jobs, "--keep", "3"};
        const microseconds usual = time_of(site, words);
        for (int i = 0; i < kKills / 2; ++i) {
            INFO("jobs " << jobs << ", kill " << i);
            ends += killed(site, words, usual, random) ? 1 : 0;
            const RunResult listed = site.teal({"list", "--check", "--json"});
            INFO(listed.out << listed.err);
            REQUIRE(listed.exit_code == 0);
        }
    }
    CHECK(ends > kKills / 2);  // most of them were really cut short
    wait_for_end_of_sessions(site);
    site.must({"backup"});
    CHECK(unfinished(site) == 0);
    CHECK(site.databases() == std::vector<std::string>{"shop"});
}

TEST_CASE("a verified backup that is killed leaves no scratch database for long") {
    DatabaseSite site;
    site.make_rows(kRows / 3);
    std::mt19937 random(4711);
    const std::vector<std::string> words{"backup", "--verify", "--keep", "2"};
    const microseconds usual = time_of(site, words);
    for (int i = 0; i < 10; ++i) {
        killed(site, words, usual, random);
    }
    wait_for_end_of_sessions(site);
    site.must({"backup"});
    CHECK(site.databases() == std::vector<std::string>{"shop"});
    CHECK(site.teal({"list", "--check"}).exit_code == 0);
}

TEST_CASE("a restore that is killed at a random moment leaves the old database or the new one") {
    DatabaseSite site;
    site.make_rows(kRows);
    const std::string backed_up = site.content();
    site.must({"backup", "--label", "pre"});
    const std::vector<std::string> words{"restore", "--backup", "pre"};
    site.session().ask("DELETE FROM bulk WHERE id > 100");
    const std::string changed = site.content();
    const microseconds usual = time_of(site, words);
    std::mt19937 random(1125);
    int ends = 0;
    int old_ones = 0;
    for (int i = 0; i < kKills; ++i) {
        INFO("kill " << i);
        site.session().ask("DELETE FROM bulk WHERE id > 100");
        ends += killed(site, words, usual, random) ? 1 : 0;
        wait_for_end_of_sessions(site);
        const std::string now = site.content();
        REQUIRE((now == changed || now == backed_up));
        old_ones += now == changed ? 1 : 0;
        for (const std::string& name : site.databases()) {
            if (name.starts_with("shop_before_restore_")) {
                site.session("postgres").ask("DROP DATABASE " + name);
            }
        }
    }
    CHECK(ends > kKills / 2);
    CHECK(old_ones > 0);
    // The next one drops what was left half-filled, and carries on.
    site.must({"restore", "--backup", "pre"});
    CHECK(site.content() == backed_up);
    const auto names = site.databases();
    REQUIRE(names.size() == 2);
    CHECK(names[1].starts_with("shop_before_restore_"));
}
