// Backups on disk: labels that are safe as names, manifests that say all, and a store in which
// nothing unfinished is taken for a backup.
#include "cli/database/backup_store.hpp"

#include "cli/database/backup_file.hpp"
#include "cli/database/label.hpp"
#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/small_tmpfs.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/unit/silent_progress.hpp"

#include <sys/stat.h>
#include <algorithm>

using namespace teal::cli;
using namespace teal::cli::database;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::SmallTmpfs;
using teal::fixtures::TemporaryDirectory;

namespace {

namespace fs = std::filesystem;

// 2026-11-24T10:15:30Z
constexpr std::uint64_t kMorning = 1'795'515'330ull * 1'000'000'000u;
constexpr std::uint64_t kSecond = 1'000'000'000u;

Manifest sample(const std::string& label, std::uint64_t made = kMorning) {
    Manifest manifest;
    manifest.label = label;
    manifest.database = "shop";
    manifest.place = "service postgres (container shop-postgres-1)";
    manifest.server_version = "15.16";
    manifest.dump_version = "15.16";
    manifest.created_unix_ns = made;
    manifest.seconds = 1.5;
    manifest.database_bytes = 9'000'000'000ull;
    manifest.properties = {"ENCODING 'UTF8'", {"ALTER DATABASE :\"name\" OWNER TO shop"}, "it's"};
    manifest.rows = {{"public.orders", 12}};
    manifest.verified = true;
    manifest.user = "ann";
    manifest.host = "box";
    manifest.teal_version = "0.1.0";
    return manifest;
}

Manifest put(const BackupStore& store, const std::string& label, std::uint64_t made = kMorning,
             const std::string& text = "data") {
    Manifest manifest = sample(label, made);
    NewBackupFile file(store.begin(manifest), "database.dump");
    file.write(text);
    manifest.files = {file.finish()};
    store.commit(manifest);
    return manifest;
}

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777u;
}

std::vector<std::string> ids(const std::vector<Manifest>& manifests) {
    std::vector<std::string> found;
    for (const Manifest& manifest : manifests) {
        found.push_back(manifest.id);
    }
    return found;
}

}  // namespace

TEST_CASE("labels are safe as names of files") {
    for (const char* label : {"pre-upgrade-v2.0", "a", "0", "A_b.c+d-e"}) {
        CHECK_NOTHROW(demand_label(label));
    }
    for (const std::string& label :
         {std::string(), std::string("../x"), std::string("a/b"), std::string(".hidden"),
          std::string("-x"), std::string("a b"), std::string("a\nb"), std::string("é"),
          std::string("a'b"), std::string(101, 'a')}) {
        INFO(label);
        try {
            demand_label(label);
            FAIL("it was accepted");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::usage);
        }
    }
}

TEST_CASE("names of databases are cut to PostgreSQL's 63 bytes, between characters") {
    CHECK(database_name_with("shop", "_restore_1") == "shop_restore_1");
    CHECK(database_name_with(std::string(80, 'a'), "_x") == std::string(61, 'a') + "_x");
    // 61 bytes are left, and the 61st is half of a character.
    CHECK(database_name_with(std::string(60, 'a') + "éé", "_x") == std::string(60, 'a') + "_x");
}

TEST_CASE("a manifest says all, and what is no manifest is refused") {
    Manifest manifest = sample("pre");
    manifest.id = "pre-20261124-101530";
    manifest.files = {{"database.dump", 4, "00ff"}};
    const Manifest read = parse_manifest("m", manifest_text(manifest));
    CHECK(manifest_text(read) == manifest_text(manifest));
    CHECK(read.rows.at("public.orders") == 12);
    CHECK(read.properties.comment == "it's");
    CHECK(read.bytes() == 4);

    const std::string text = manifest_text(manifest);
    CHECK_THROWS_WITH(parse_manifest("m", text.substr(0, text.size() / 2)),
                      ContainsSubstring("m is damaged"));
    for (const char* name : {"../x", "/etc/passwd", "a/../../b", ""}) {
        manifest.files[0].name = name;
        CHECK_THROWS_WITH(parse_manifest("m", manifest_text(manifest)),
                          ContainsSubstring("outside of the backup"));
    }
    manifest.files.clear();
    CHECK_THROWS_WITH(parse_manifest("m", manifest_text(manifest)),
                      ContainsSubstring("names no file"));
}

TEST_CASE("the newest backup of a label is meant, and an id names one") {
    const TemporaryDirectory directory;
    const BackupStore store(directory / "deployments/backups");
    teal::unit::SilentProgress progress;
    const auto lock = store.lock("test", progress);
    const Manifest first = put(store, "pre");
    const Manifest second = put(store, "pre");  // in the same second
    const Manifest third = put(store, "pre", kMorning + 5 * kSecond);
    put(store, "other", kMorning + 9 * kSecond);

    CHECK(first.id == "pre-20261124-101530");
    CHECK(second.id == "pre-20261124-101530-2");
    CHECK(store.find("pre").id == third.id);
    CHECK(store.find(first.id).id == first.id);
    CHECK(store.list().size() == 4);
    try {
        store.find("pro");
        FAIL("found");
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        CHECK_THAT(error.what(), ContainsSubstring("\"pro\"") && ContainsSubstring("pre"));
    }
}

TEST_CASE("backups are readable by their owner alone, whatever the umask is") {
    const TemporaryDirectory directory;
    const BackupStore store(directory / "backups");
    teal::unit::SilentProgress progress;
    const mode_t before = umask(0);
    const auto lock = store.lock("test", progress);
    Manifest manifest = sample("pre");
    const fs::path path = store.begin(manifest);
    fs::create_directory(path / "database.dir");
    write_durably(path / "database.dir/1.dat", "x", 0644);  // as pg_dump makes them
    manifest.files = digests_below(path, "database.dir");
    store.commit(manifest);
    umask(before);
    CHECK(mode_of(store.directory()) == 0700);
    CHECK(mode_of(store.path_of(manifest)) == 0700);
    CHECK(mode_of(store.path_of(manifest) / "manifest.json") == 0600);
    CHECK(mode_of(store.path_of(manifest) / "database.dir") == 0700);
    CHECK(mode_of(store.path_of(manifest) / "database.dir/1.dat") == 0600);
}

TEST_CASE("what was interrupted is no backup, and is removed by the next command") {
    const TemporaryDirectory directory;
    const BackupStore store(directory / "backups");
    teal::unit::SilentProgress progress;
    Manifest left = sample("pre");
    {
        const auto lock = store.lock("test", progress);
        NewBackupFile file(store.begin(left), "database.dump");
        file.write("half");
        CHECK_THROWS_WITH(store.lock("another", progress),
                          ContainsSubstring("under way") && ContainsSubstring("test"));
    }
    CHECK(store.list().empty());
    CHECK_THROWS(store.find("pre"));
    const auto lock = store.lock("test", progress);
    CHECK(progress.notes.size() == 1);
    CHECK_THAT(progress.notes.at(0), ContainsSubstring(left.id));
    CHECK(std::distance(fs::directory_iterator(store.directory()), {}) == 1);  // the lock
}

TEST_CASE("a byte that changed is found, and a file that is missing") {
    const TemporaryDirectory directory;
    const BackupStore store(directory / "backups");
    teal::unit::SilentProgress progress;
    const auto lock = store.lock("test", progress);
    const Manifest manifest = put(store, "pre", kMorning, std::string(3'000'000, 'x'));
    const fs::path file = store.path_of(manifest) / "database.dump";
    std::uint64_t told = 0;
    CHECK_NOTHROW(BackupStore::verify(store.path_of(manifest), manifest.files,
                                      [&](std::uint64_t bytes) { told = bytes; }));
    CHECK(told == 3'000'000);
    std::string text = read_whole(file);
    text[1'500'000] = 'y';
    write_durably(file, text);
    CHECK_THROWS_WITH(BackupStore::verify(store.path_of(manifest), manifest.files, {}),
                      ContainsSubstring("database.dump") && ContainsSubstring("SHA-256"));
    fs::remove(file);
    CHECK_THROWS_WITH(BackupStore::verify(store.path_of(manifest), manifest.files, {}),
                      ContainsSubstring("database.dump"));
}

TEST_CASE("a damaged manifest is told of and keeps nothing else from being found") {
    const TemporaryDirectory directory;
    const BackupStore store(directory / "backups");
    teal::unit::SilentProgress progress;
    const auto lock = store.lock("test", progress);
    const Manifest damaged = put(store, "bad");
    put(store, "good", kMorning + kSecond);
    write_durably(store.path_of(damaged) / "manifest.json", "{");
    std::vector<std::string> problems;
    CHECK(store.list(&problems).size() == 1);
    CHECK(problems.size() == 1);
    CHECK_THAT(problems.at(0), ContainsSubstring(damaged.id));
}

TEST_CASE("retention counts a database's own backups and spares those of snapshots") {
    std::vector<Manifest> backups;
    for (int i = 0; i < 5; ++i) {
        backups.push_back(sample("pre", kMorning + static_cast<std::uint64_t>(i) * kSecond));
        backups.back().id = std::to_string(i);
    }
    Manifest of_another = sample("pre", kMorning);
    of_another.id = "other";
    of_another.database = "blog";
    backups.insert(backups.begin(), of_another);
    const Manifest& newest = backups.back();
    CHECK(beyond_limit(backups, newest, 0, {}).empty());
    CHECK(beyond_limit(backups, newest, 5, {}).empty());
    CHECK(ids(beyond_limit(backups, newest, 2, {})) == std::vector<std::string>{"0", "1", "2"});
    CHECK(ids(beyond_limit(backups, newest, 2, {"1", "0"})) == std::vector<std::string>{"2", "3"});
    CHECK(ids(beyond_limit(backups, newest, 1, {})) ==
          std::vector<std::string>{"0", "1", "2", "3"});
    CHECK(ids(beyond_limit(backups, backups[1], 1, {})) ==
          std::vector<std::string>{"1", "2", "3", "4"});  // never the one just made
}

TEST_CASE("a full disk is told of with what to do") {
    const SmallTmpfs tmpfs(256 * 1024);
    if (!tmpfs.mounted()) {
        WARN("skipped: " << tmpfs.reason());
        return;
    }
    const BackupStore store(tmpfs / "backups");
    teal::unit::SilentProgress progress;
    const auto lock = store.lock("test", progress);
    Manifest manifest = sample("pre");
    NewBackupFile file(store.begin(manifest), "database.dump");
    try {
        file.write(std::string(1 << 20, 'x'));
        FAIL("it was written");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("No space left"));
        CHECK_THAT(error.next_step(), ContainsSubstring("BACKUP_DIR"));
    }
    store.abandon(manifest);
    CHECK(store.list().empty());
}
