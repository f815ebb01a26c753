// rolling.json is read back as it was written, and anything else is refused; what a run's record
// says to people; which run is still of interest.
#include "cli/deployment/records.hpp"
#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/rolling/run_record.hpp"
#include "cli/rolling/settle.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <string>

namespace {

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

RunRecord stopped_run() {
    RunRecord record;
    record.snapshot = "blue-20261124-101530";
    record.from = record.before = "blue-20261123-101530";
    record.color = Color::blue;
    record.state = RunState::stopped;
    record.problem = "web: it does not answer";
    record.asked = {"redis", "web", "api"};
    record.started_unix_ns = 5;
    record.ended_unix_ns = 7;
    record.steps = {{"redis", 1, "in place", StepState::done, "", false, 2.5, 1.25, 0.75, 12, 0},
                    {"web", 2, "beside", StepState::failed, "it does not answer", true, 3},
                    {"api", 2, "beside", StepState::waiting}};
    record.borrowed = {{"web", {"10.0.0.1:3000"}}};
    record.held = {"api"};
    return record;
}

SnapshotMetadata made(const SnapshotStore& store, Color color, std::uint64_t time) {
    SnapshotMetadata metadata;
    metadata.created_unix_ns = time;
    metadata.deployed_unix_ns = metadata.served_unix_ns = time + 1;
    metadata.id = store.new_id(color, time);
    metadata.color = color;
    store.create(metadata, {});
    return metadata;
}

}  // namespace

TEST_CASE("the record of a rolling update is read back as it was written") {
    const RunRecord record = stopped_run();
    CHECK(parse_run_record("rolling.json", to_text(record)) == record);
}

TEST_CASE("a damaged record is refused with its name and what to do") {
    const std::string text = to_text(stopped_run());
    for (const std::string& damaged :
         {std::string(), std::string("{}"), text.substr(0, text.size() / 2), std::string("[1]"),
          std::string(text).replace(text.find("\"failed\""), 8, "\"fallen\""),
          std::string(text).replace(text.find("\"layout\": 1"), 11, "\"layout\": 9")}) {
        INFO(damaged);
        try {
            parse_run_record("/x/rolling.json", damaged);
            FAIL("not refused");
        } catch (const Error& error) {
            CHECK_THAT(error.what(), ContainsSubstring("/x/rolling.json is damaged"));
            CHECK_THAT(error.next_step(), ContainsSubstring("remove it"));
        }
    }
}

TEST_CASE("a run is told by where it is, and by what is done and left") {
    RunRecord record = stopped_run();
    CHECK(summary_of(record, false) ==
          "stopped: web: it does not answer (1 done, 1 failed, 1 not begun)");
    record.state = RunState::running;
    CHECK_THAT(summary_of(record, false), ContainsSubstring("between two services"));
    record.steps[1].state = StepState::working;
    CHECK_THAT(summary_of(record, false), ContainsSubstring("interrupted at web"));
    CHECK_THAT(summary_of(record, true),
               ContainsSubstring("at web") && !ContainsSubstring("interrupted"));
    REQUIRE(record.working() != nullptr);
    CHECK(record.working()->service == "web");
}

TEST_CASE("a run is unfinished until it is done, or until something else serves") {
    const fixtures::TemporaryDirectory here;
    const Records records(here.path());
    CHECK_FALSE(unfinished_run(records, Color::blue).has_value());
    const SnapshotMetadata served = made(records.snapshots, Color::blue, 1'000'000'000);
    RunRecord record = stopped_run();
    record.snapshot = served.id;
    const RunRecords runs(records.directory());
    runs.write(record);
    CHECK(unfinished_run(records, Color::blue).has_value());
    CHECK_FALSE(unfinished_run(records, Color::green).has_value());
    CHECK_FALSE(is_between_instances(records));
    record.state = RunState::running;
    record.steps[1].state = StepState::working;
    runs.write(record);
    CHECK(is_between_instances(records));
    made(records.snapshots, Color::blue, 9'000'000'000);  // deployed since
    CHECK_FALSE(unfinished_run(records, Color::blue).has_value());
    record.state = RunState::done;
    runs.write(record);
    CHECK_FALSE(is_between_instances(records));
}

TEST_CASE("a rollback returns to what a rolling update began with") {
    const fixtures::TemporaryDirectory here;
    const SnapshotStore store(here.path());
    const SnapshotMetadata first = made(store, Color::blue, 1'000'000'000);
    made(store, Color::blue, 2'000'000'000);  // where it was stopped
    SnapshotMetadata last = made(store, Color::blue, 3'000'000'000);
    last.rolled_from = first.id;
    store.update(last);
    CHECK(served_before(store.list(), last.id)->id == first.id);
    CHECK(store.load(last.id).rolled_from == first.id);
    // And it is kept for that.
    CHECK(superfluous(store.list(), 1, last.id).size() == 1);
}
