// The history, the file `active`, the lock, and what is made of a command that was killed.
#include "cli/deployment/records.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <filesystem>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string snapshot_of(const Records& records, Color color) {
    SnapshotMetadata metadata;
    metadata.color = color;
    metadata.created_unix_ns = 1;
    metadata.id = records.snapshots.new_id(color, 1);
    records.snapshots.create(metadata, {});
    return metadata.id;
}

Operation killed(const Records& records, const std::string& phase) {
    Operation operation;
    operation.name = "perform";
    operation.phase = phase;
    operation.target = Color::green;
    operation.from = Color::blue;
    operation.snapshot = snapshot_of(records, Color::green);
    operation.started_unix_ns = 5;
    operation.pid = 4711;
    operation.user = "ann";
    records.write_operation(operation);
    return operation;
}

}  // namespace

TEST_CASE("the history keeps order, who and where, and only so many entries") {
    const fixtures::TemporaryDirectory here;
    const History history(here.path());
    CHECK(history.read().empty());
    for (std::uint64_t i = 1; i <= 1005; ++i) {
        if (i > 3 && i < 1000) {
            continue;  // made below at once: a thousand durable writes take their time
        }
        HistoryEntry entry;
        entry.time_unix_ns = i;
        entry.operation = "perform";
        entry.reason = "quoted \"reason\"\nof two lines";
        CHECK(history.add(entry).empty());
    }
    const auto entries = history.read();
    REQUIRE(entries.size() == 9);
    CHECK(entries.front().time_unix_ns == 1);
    CHECK(entries.back().time_unix_ns == 1005);
    CHECK(entries.back().reason == "quoted \"reason\"\nof two lines");
    CHECK_FALSE(entries.back().user.empty());
    CHECK_FALSE(entries.back().host.empty());

    std::vector<HistoryEntry> many(1000, entries.front());
    write_durably(history.file(), history_text(many));
    HistoryEntry newest;
    newest.time_unix_ns = 77;
    history.add(newest);
    CHECK(history.read().size() == 1000);
    CHECK(history.read().back().time_unix_ns == 77);
}

TEST_CASE("a damaged history is set aside, and the deployment is recorded all the same") {
    const fixtures::TemporaryDirectory here;
    const History history(here.path());
    write_durably(history.file(), "[{\"time\": \"2026");
    CHECK_THROWS_AS(history.read(), Error);
    HistoryEntry entry;
    entry.time_unix_ns = 9;
    const std::string aside = history.add(entry);
    CHECK(read_whole(aside) == "[{\"time\": \"2026");
    CHECK(history.read().size() == 1);
}

TEST_CASE("a second command is told who holds the lock, and gets it when that has ended") {
    const fixtures::TemporaryDirectory here;
    const Records records(here / "deployments");
    {
        const auto lock = lock_deployments(records, "teal upgrade perform");
        CHECK_THAT(deployment_lock_holder(records), ContainsSubstring("teal upgrade perform"));
        try {
            lock_deployments(records, "teal upgrade switch");
            FAIL("two held the lock");
        } catch (const Error& error) {
            CHECK_THAT(error.what(), ContainsSubstring("another deployment is under way"));
            CHECK_THAT(error.what(), ContainsSubstring("teal upgrade perform"));
        }
    }
    CHECK(deployment_lock_holder(records).empty());
    CHECK_NOTHROW(lock_deployments(records, "teal upgrade switch"));
}

TEST_CASE("killed before the switch: the old color serves and nothing is recorded as served") {
    const fixtures::TemporaryDirectory here;
    const Records records(here.path());
    records.write_active(Color::blue);
    const Operation operation = killed(records, "health");
    const auto seen = look_at_interrupted(records, Color::blue);
    REQUIRE(seen.has_value());
    CHECK(records.operation().has_value());  // looking settles nothing
    const auto settled = settle_interrupted(records, Color::blue);
    REQUIRE(settled.has_value());
    CHECK_FALSE(settled->had_switched);
    CHECK(settled->text == seen->text);
    CHECK_THAT(settled->text, ContainsSubstring("interrupted in phase health"));
    CHECK_THAT(settled->text, ContainsSubstring("blue still serves"));
    CHECK(records.snapshots.load(operation.snapshot).served_unix_ns == 0);
    CHECK(records.active_file() == Color::blue);
    CHECK(records.history.read().back().outcome == "interrupted");
    CHECK_FALSE(records.operation().has_value());
    CHECK_FALSE(settle_interrupted(records, Color::blue).has_value());
}

TEST_CASE("killed after the switch: the records follow the table") {
    const fixtures::TemporaryDirectory here;
    const Records records(here.path());
    records.write_active(Color::blue);
    const Operation operation = killed(records, "switch");
    const auto settled = settle_interrupted(records, Color::green);
    REQUIRE(settled.has_value());
    CHECK(settled->had_switched);
    CHECK(records.active_file() == Color::green);
    CHECK(records.snapshots.load(operation.snapshot).served_unix_ns > 0);
    CHECK(records.history.read().back().outcome == "switched");
}

TEST_CASE("a killed command whose snapshot is gone is settled without it") {
    const fixtures::TemporaryDirectory here;
    const Records records(here.path());
    const Operation operation = killed(records, "watch");
    records.snapshots.remove(operation.snapshot);
    CHECK(settle_interrupted(records, Color::green)->had_switched);
    CHECK(records.active_file() == Color::green);
}

TEST_CASE("a damaged operation.json is an error with its remedy, not a guess") {
    const fixtures::TemporaryDirectory here;
    const Records records(here.path());
    write_durably(here / "operation.json", "{\"name\": \"perform\"");
    CHECK_THROWS_AS(records.operation(), Error);
}

TEST_CASE("a lost or strange file `active` says nothing") {
    const fixtures::TemporaryDirectory here;
    const Records records(here.path());
    CHECK_FALSE(records.active_file().has_value());
    records.write_active(Color::green);
    CHECK(read_whole(here / "active") == "green\n");
    write_durably(here / "active", "purple\n");
    CHECK_FALSE(records.active_file().has_value());
}
