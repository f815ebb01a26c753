// Snapshots and their metadata: whole or not there, verified, pruned without losing what is needed.
#include "cli/snapshot/store.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/small_tmpfs.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <filesystem>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

// 2026-11-24T10:15:30Z
constexpr std::uint64_t kMorning = 1'795'515'330ull * 1'000'000'000u;
constexpr std::uint64_t kSecond = 1'000'000'000u;

SnapshotMetadata sample(Color color, std::uint64_t made) {
    SnapshotMetadata metadata;
    metadata.color = color;
    metadata.project = "shop";
    metadata.created_unix_ns = made;
    metadata.host = "box";
    metadata.user = "ann";
    metadata.teal_version = "0.1.0";
    metadata.git = GitState{"0123456789abcdef", "main", true};
    SnapshotEntry web;
    web.service = "web";
    web.entry.split = "app";
    web.entry.port = 3000;
    web.entry.probe.path = "/healthz";
    web.entry.smoke = "/app/healthz";
    web.replicas = 2;
    metadata.entries = {web};
    metadata.images = {{"web", "./web", "sha256:aa", "", "teal/shop-web:x"}};
    return metadata;
}

SnapshotMetadata made(const SnapshotStore& store, Color color, std::uint64_t at,
                      std::uint64_t deployed = 0, std::uint64_t served = 0) {
    SnapshotMetadata metadata = sample(color, at);
    metadata.id = store.new_id(color, at);
    metadata.deployed_unix_ns = deployed;
    metadata.served_unix_ns = served;
    store.create(metadata, {{".env", "PASSWORD=geheim\n", 0600},
                            {"docker-compose.yml", "name: shop-blue\n", 0600}});
    return metadata;
}

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return std::string(error.what()) + " | " + error.next_step();
    }
    return "";
}

}  // namespace

TEST_CASE("a snapshot is named after color and time, and never twice the same") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    CHECK(made(store, Color::blue, kMorning).id == "blue-20261124-101530");
    CHECK(made(store, Color::blue, kMorning).id == "blue-20261124-101530-2");
    CHECK(made(store, Color::green, kMorning).id == "green-20261124-101530");
}

TEST_CASE("metadata comes back as it was written, and secrets are readable by the owner alone") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    const SnapshotMetadata written = made(store, Color::green, kMorning, 5, 7);
    const SnapshotMetadata read = store.load(written.id);
    CHECK(metadata_text(read) == metadata_text(written));
    CHECK(read.entries.at(0).entry.smoke == "/app/healthz");
    CHECK(read.entries.at(0).entry.probe.path == "/healthz");
    CHECK(read.git->dirty);
    CHECK_THAT(metadata_text(read), ContainsSubstring("\"timestamp\": \"2026-11-24T10:15:30Z\""));
    for (const char* name : {".env", "docker-compose.yml", "metadata.json"}) {
        struct stat status {};
        REQUIRE(stat((store.ref(written.id).directory / name).c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
    }
}

TEST_CASE("verification names the file that was changed or is missing") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    const SnapshotMetadata snapshot = made(store, Color::blue, kMorning);
    CHECK_NOTHROW(store.verify(snapshot));
    const fs::path env = store.ref(snapshot.id).directory / ".env";
    write_durably(env, "PASSWORD=other\n", 0600);
    CHECK_THAT(message_of([&] { store.verify(snapshot); }),
               ContainsSubstring(".env was changed since it was made"));
    fs::remove(env);
    CHECK_THAT(message_of([&] { store.verify(snapshot); }),
               ContainsSubstring(".env is missing"));
}

TEST_CASE("a file put later is vouched for, too") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    SnapshotMetadata snapshot = made(store, Color::blue, kMorning);
    store.put(snapshot, {"containers.txt", "web-1\n", 0600});
    store.put(snapshot, {"containers.txt", "web-1 web-2\n", 0600});
    CHECK_NOTHROW(store.verify(store.load(snapshot.id)));
    CHECK(store.load(snapshot.id).digests.size() == 3);
}

TEST_CASE("an unknown snapshot is named with the one that was meant") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    made(store, Color::blue, kMorning);
    CHECK_THAT(message_of([&] { (void)store.load("blue-20261124-101531"); }),
               ContainsSubstring("did you mean \"blue-20261124-101530\"?"));
    CHECK_THAT(message_of([&] { (void)store.load("../blue-20261124-101530"); }),
               ContainsSubstring("there is no snapshot"));
}

TEST_CASE("damaged metadata is left out of the list and named") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    const SnapshotMetadata good = made(store, Color::blue, kMorning);
    const SnapshotMetadata bad = made(store, Color::green, kMorning);
    const fs::path file = store.ref(bad.id).directory / "metadata.json";
    const std::string text = read_whole(file);
    std::size_t refused = 0;
    for (std::size_t length = 0; length < text.size() - 2; length += 7) {
        write_durably(file, text.substr(0, length), 0600);
        std::vector<std::string> damaged;
        const auto list = store.list(&damaged);
        REQUIRE(list.size() == 1);
        REQUIRE(list.front().id == good.id);
        refused += damaged.size();
    }
    CHECK(refused > 20);
    write_durably(file, text, 0600);
    CHECK(store.list().size() == 2);
}

TEST_CASE("a full disk leaves no half snapshot behind") {
    const fixtures::SmallTmpfs small(64 * 1024);
    REQUIRE(small.mounted());
    const SnapshotStore store(small / "deployments");
    SnapshotMetadata metadata = sample(Color::blue, kMorning);
    metadata.id = store.new_id(Color::blue, kMorning);
    const std::vector<SnapshotFile> files{{".env", "A=1\n", 0600},
                                          {"big", std::string(200 * 1024, 'x'), 0600}};
    CHECK_THAT(message_of([&] { store.create(metadata, files); }),
               ContainsSubstring("No space left on device"));
    CHECK(fs::is_empty(small / "deployments"));
    CHECK(store.list().empty());
}

TEST_CASE("leftovers of a killed command are removed") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    const SnapshotMetadata kept = made(store, Color::blue, kMorning);
    make_directory(here / ".unfinished-green-20261124-101530");
    store.remove_leftovers();
    CHECK_FALSE(fs::exists(here / ".unfinished-green-20261124-101530"));
    CHECK(store.list().size() == 1);
    store.remove(kept.id);
    CHECK(fs::is_empty(here.path()));
}

TEST_CASE("a rollback returns to what served last before what serves now") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    const auto first = made(store, Color::blue, kMorning, 10, 11);
    const auto second = made(store, Color::green, kMorning + kSecond, 20, 21);
    const auto failed = made(store, Color::blue, kMorning + 2 * kSecond, 30, 0);
    const auto list = store.list();
    CHECK(served_before(list, second.id)->id == first.id);
    CHECK(served_before(list, first.id)->id == second.id);
    CHECK(deployed_on(list, Color::blue)->id == failed.id);
    CHECK(deployed_on(list, Color::green)->id == second.id);
    CHECK_FALSE(served_before({list.back()}, "").has_value());
}

TEST_CASE("pruning keeps the newest and whatever serves, is deployed, or can be rolled back to") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    const auto serving = made(store, Color::blue, kMorning, 10, 11);
    const auto before = made(store, Color::green, kMorning + kSecond, 5, 6);
    std::vector<std::string> failed;
    for (std::uint64_t i = 2; i < 8; ++i) {
        failed.push_back(made(store, Color::green, kMorning + i * kSecond).id);
    }
    const auto gone = superfluous(store.list(), 3, serving.id);
    CHECK(gone.size() == 5);
    CHECK(std::find(gone.begin(), gone.end(), serving.id) == gone.end());
    CHECK(std::find(gone.begin(), gone.end(), before.id) == gone.end());
    CHECK(std::find(gone.begin(), gone.end(), failed.back()) == gone.end());
    CHECK(superfluous(store.list(), 100, serving.id).empty());
}
