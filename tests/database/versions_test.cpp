// Which of several installed versions of PostgreSQL's programs is used, and what comes of it where
// there are none of the server's own.
#include "tests/catch.hpp"
#include "tests/database/database_site.hpp"
#include "tests/harness/catch_failures.hpp"

#include <cstdlib>

using namespace teal;
using Catch::Matchers::ContainsSubstring;
using database::DatabaseSite;
using harness::RunResult;

namespace {

namespace fs = std::filesystem;

// Programs that say they are of this version, and fail.
fs::path pretended(DatabaseSite& site, const std::string& version) {
    const std::string directory = "pretended-" + version;
    for (const char* name : {"pg_dump", "pg_restore", "psql"}) {
        const fs::path script = site.workspace.write(
            directory + "/" + name, "#!/bin/sh\n[ \"$1\" = --version ] && echo '" +
                                        std::string(name) + " (PostgreSQL) " + version +
                                        "' && exit\necho 'the wrong ones were used' >&2\nexit 1\n");
        fs::permissions(script, fs::perms::owner_all);
    }
    return site.workspace.path(directory);
}

int major_of(const std::string& version) {
    return std::atoi(version.c_str());
}

std::string server_version(DatabaseSite& site) {
    return site.session().one("SELECT split_part(current_setting('server_version'), ' ', 1)");
}

// Both formats, verified, and back.
void check_backup_and_restore(DatabaseSite& site) {
    const std::string content = site.content();
    for (const char* jobs : {"1", "3"}) {
        INFO("jobs " << jobs);
        site.must({"backup", "--label", "pre", "--verify", "--jobs", jobs});
        site.session().ask("DELETE FROM bulk WHERE id > 10");
        site.must({"restore", "--backup", "pre", "--jobs", jobs});
        CHECK(site.content() == content);
    }
}

}  // namespace

TEST_CASE("of several versions of the programs the server's own dumps and restores",
          "[own-programs]") {
    DatabaseSite site;
    site.make_rows(100);
    const std::string own = harness::PostgresServer::binaries();
    site.environment["TEAL_POSTGRES_BIN"] = pretended(site, "12.4").string() + ":" + own;
    check_backup_and_restore(site);
    const std::string newer = std::to_string(major_of(server_version(site)) + 1) + ".1";
    // The newest asks what the server is; psql of any version may.
    const fs::path asking = pretended(site, newer);
    fs::remove(asking / "psql");
    fs::create_symlink(fs::path(own) / "psql", asking / "psql");
    site.environment["TEAL_POSTGRES_BIN"] = asking.string() + ":" + own;
    check_backup_and_restore(site);

    site.environment["TEAL_POSTGRES_BIN"] = own + ":/nowhere";
    const RunResult wrong = site.teal({"backup"});
    CHECK(wrong.exit_code == 2);
    CHECK_THAT(wrong.err, ContainsSubstring("\"/nowhere\""));
}

TEST_CASE("Debian's program that chooses among versions is not asked", "[own-programs]") {
    DatabaseSite site;
    site.make_rows(10);
    const fs::path asked = site.workspace.path("asked");
    const fs::path wrapper =
        site.workspace.write("pg_wrapper", "#!/bin/sh\ntouch '" + asked.string() + "'\nexit 1\n");
    fs::permissions(wrapper, fs::perms::owner_all);
    const fs::path directory = site.workspace.make_directory("path");
    for (const char* name : {"pg_dump", "pg_restore", "psql"}) {
        fs::create_symlink(wrapper, directory / name);
    }
    site.environment["PATH"] = directory.string() + ":" + std::getenv("PATH");
    site.must({"backup"});
    CHECK_FALSE(fs::exists(asked));
}

// The programs of another release, and this machine's server: see
// build-support/test-postgresql-versions.
TEST_CASE("programs of another version than the server's", "[.][other-programs]") {
    const char* const other = std::getenv("TEAL_OTHER_POSTGRES_BIN");
    REQUIRE(other != nullptr);
    DatabaseSite site;
    site.make_rows(200);
    site.environment["TEAL_POSTGRES_BIN"] = other;
    const RunResult said = harness::run({(fs::path(other) / "pg_dump").string(), "--version"});
    INFO(said.out);
    const std::string version = said.out.substr(said.out.find(") ") + 2);
    if (major_of(version) < major_of(server_version(site))) {
        const RunResult old = site.teal({"backup"});
        CHECK(old.exit_code == 1);
        CHECK_THAT(old.err, ContainsSubstring("older than the server"));
        CHECK_THAT(site.must({"query", "SELECT 'queries are answered'"}),
                   ContainsSubstring("queries are answered"));
        return;
    }
    check_backup_and_restore(site);
    // What it complains of all the time does not hide what it complains of once.
    site.session().ask("CREATE ROLE gone; ALTER TABLE bulk OWNER TO gone");
    site.must({"backup", "--label", "owned"});
    site.session().ask("ALTER TABLE bulk OWNER TO teal; DROP ROLE gone");
    const std::string content = site.content();
    const auto databases = site.databases();
    for (const char* jobs : {"1", "3"}) {
        const RunResult failed = site.teal({"restore", "--backup", "owned", "--jobs", jobs});
        INFO(failed.out << failed.err);
        CHECK(failed.exit_code == 1);
        CHECK_THAT(failed.err, ContainsSubstring("role \"gone\" does not exist"));
        CHECK(site.content() == content);
        CHECK(site.databases() == databases);
    }
}
