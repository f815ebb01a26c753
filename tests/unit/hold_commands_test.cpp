// `teal traffic pause` and `resume` as a user meets them, and what holds leave in table and
// counters.
#include "cli/commands/hold_options.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/traffic/hold.hpp"
#include "shared/counters/slots.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/paths.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/counters_file.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"

#include <nlohmann/json.hpp>

using namespace teal;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using tests::CommandResult;
using tests::SimulatedNginx;

namespace {

struct HeldTable {
    explicit HeldTable(bool with_nginx = true) {
        table::TableImage image = fixtures::sample_image();
        image.splits[0].guard = {};
        files.publish(image);
        if (with_nginx) {
            const std::string rules = "key $remote_addr\ndefault blue\n";
            const std::vector<tests::SimulatedSplit> splits = {
                {"app", {"blue", "green"}, true, rules}, {"api", {"a", "b", "c"}, true, rules}};
            nginx.emplace(files.table, splits, 2);
        }
    }
    CommandResult teal(std::vector<std::string> words) const {
        words.insert(words.begin(), "traffic");
        words.insert(words.end(), {"--table", files.table});
        return tests::run_teal(words);
    }
    table::HoldSettings hold_of(const std::string& split) const {
        table::TableImage image;
        REQUIRE(fixtures::open_and_read(files.table, image) == table::Health::ok);
        return image.find(split)->hold;
    }
    std::uint64_t generation() const {
        table::TableImage image;
        REQUIRE(fixtures::open_and_read(files.table, image) == table::Health::ok);
        return image.generation;
    }

    fixtures::TableFiles files;
    std::optional<SimulatedNginx> nginx;
};

}  // namespace

TEST_CASE("pause writes a hold with its deadline, resume takes it out", "[hold]") {
    const HeldTable here;
    const CommandResult paused = here.teal({"pause", "app", "--max", "30s"});
    INFO(paused.output << paused.errors);
    REQUIRE(paused.code == 0);
    CHECK_THAT(paused.output, ContainsSubstring("app: held from now on, until "));
    CHECK_THAT(paused.output, ContainsSubstring("applied by 2 of 2 workers"));
    const table::HoldSettings hold = here.hold_of("app");
    CHECK(hold.started_unix_ns == hold.set_unix_ns);
    CHECK(hold.until_unix_ns - hold.set_unix_ns == 30'000'000'000);
    CHECK(here.hold_of("api").started_unix_ns == 0);

    CHECK_THAT(here.teal({"show", "app", "--interval", "0"}).output,
               ContainsSubstring("held: 0 requests wait inside nginx, "));
    CHECK_THAT(here.teal({"explain", "app", "--key", "alice"}).output,
               ContainsSubstring("the request waits inside nginx"));
    const auto shown =
        nlohmann::json::parse(here.teal({"show", "app", "--interval", "0", "--json"}).output);
    CHECK(shown["splits"][0]["hold"]["held"] == true);
    CHECK(shown["splits"][0]["hold"]["until_unix_ns"] == hold.until_unix_ns);

    const CommandResult resumed = here.teal({"resume", "app"});
    INFO(resumed.output << resumed.errors);
    REQUIRE(resumed.code == 0);
    CHECK_THAT(resumed.output, ContainsSubstring("app: released\n0 requests waited"));
    CHECK(here.hold_of("app").started_unix_ns == 0);
    CHECK(here.hold_of("app").until_unix_ns == 0);
}

TEST_CASE("pausing again moves the deadline and keeps when the hold began", "[hold]") {
    const HeldTable here;
    REQUIRE(here.teal({"pause", "app", "--max", "30s"}).code == 0);
    const table::HoldSettings first = here.hold_of("app");
    const CommandResult again = here.teal({"pause", "app", "--max", "2m", "--json"});
    REQUIRE(again.code == 0);
    const table::HoldSettings second = here.hold_of("app");
    CHECK(second.started_unix_ns == first.started_unix_ns);
    CHECK(second.set_unix_ns > first.set_unix_ns);
    CHECK(second.until_unix_ns - second.set_unix_ns == 120'000'000'000);
    const auto told = nlohmann::json::parse(again.output);
    CHECK(told["applied"] == true);
    CHECK(told["splits"]["app"]["was_held"] == true);
    CHECK(told["splits"]["app"]["until_unix_ns"] == second.until_unix_ns);
}

TEST_CASE("several splits are held and released in one publication", "[hold]") {
    const HeldTable here;
    const std::uint64_t before = here.generation();
    REQUIRE(here.teal({"pause", "app", "api", "app", "--max", "5s"}).code == 0);
    CHECK(here.generation() == before + 1);
    CHECK(here.hold_of("app").until_unix_ns > here.hold_of("app").started_unix_ns);
    CHECK(here.hold_of("api").until_unix_ns > 0);
    REQUIRE(here.teal({"resume", "app", "api"}).code == 0);
    CHECK(here.generation() == before + 2);
    CHECK(here.hold_of("api").started_unix_ns == 0);
}

TEST_CASE("resuming what is not held says so, and tells an expired hold from none", "[hold]") {
    const HeldTable here;
    const std::uint64_t before = here.generation();
    const CommandResult never = here.teal({"resume", "app"});
    CHECK(never.code == 5);
    CHECK_THAT(never.errors, ContainsSubstring("app is not held"));
    CHECK(here.generation() == before);
    REQUIRE(here.teal({"pause", "app", "--max", "1ms"}).code == 0);
    const CommandResult late = here.teal({"resume", "app"});
    CHECK(late.code == 5);
    CHECK_THAT(late.errors, ContainsSubstring("app is held no longer: its deadline was at "));
    // One of two: it is released, and the other one is told.
    REQUIRE(here.teal({"pause", "api", "--max", "30s"}).code == 0);
    const CommandResult half = here.teal({"resume", "app", "api"});
    CHECK(half.code == 5);
    CHECK_THAT(half.output, ContainsSubstring("api: released"));
    CHECK(here.hold_of("api").started_unix_ns == 0);
}

TEST_CASE("the next publication forgets a hold that was over long ago, not one of just now",
          "[hold]") {
    const HeldTable here;
    table::TableImage image;
    REQUIRE(fixtures::open_and_read(here.files.table, image) == table::Health::ok);
    const std::uint64_t now = cli::now_unix_ns();
    cli::set_hold(*image.find("app"), now - 3 * table::kLongestHold_ns, 30s);
    cli::set_hold(*image.find("api"), now - table::kLongestHold_ns / 2, 30s);
    image.find("api")->find("b")->state = table::VariantState::open;
    here.files.publish(image);
    REQUIRE(here.hold_of("app").until_unix_ns != 0);
    const CommandResult set = here.teal({"set", "api", "a=40", "b=60"});
    INFO(set.output << set.errors);
    REQUIRE(set.code == 0);
    CHECK(here.hold_of("app").started_unix_ns == 0);
    CHECK(here.hold_of("app").until_unix_ns == 0);
    CHECK_THAT(here.teal({"resume", "app"}).errors, ContainsSubstring("app is not held"));
    CHECK_THAT(here.teal({"resume", "api"}).errors, ContainsSubstring("api is held no longer"));
    REQUIRE(here.teal({"pause", "app", "--max", "30s"}).code == 0);
    REQUIRE(here.teal({"set", "api", "a=30", "b=70"}).code == 0);
    CHECK(here.hold_of("app").until_unix_ns > now);
}

TEST_CASE("wrong pauses are refused before anything is published", "[hold]") {
    const HeldTable here;
    const std::uint64_t before = here.generation();
    CHECK(here.teal({"pause", "app"}).code == 2);  // without --max
    for (const char* wrong : {"0", "0s", "11m", "1h", "soon", "-1s", "30x"}) {
        CAPTURE(wrong);
        const CommandResult refused = here.teal({"pause", "app", "--max", wrong});
        CHECK(refused.code == 2);
        CHECK_THAT(refused.errors, ContainsSubstring("--max"));
    }
    CHECK(here.teal({"pause", "--max", "5s"}).code == 2);
    const CommandResult unknown = here.teal({"pause", "ap", "--max", "5s"});
    CHECK(unknown.code == 2);
    CHECK_THAT(unknown.errors, ContainsSubstring("split ap is not in the table"));
    CHECK(here.teal({"resume", "nosuch"}).code == 2);
    CHECK(here.generation() == before);
}

TEST_CASE("a dry run of pause and resume publishes nothing", "[hold]") {
    const HeldTable here;
    const std::uint64_t before = here.generation();
    const CommandResult would = here.teal({"pause", "app", "--max", "5s", "--dry-run"});
    CHECK(would.code == 0);
    CHECK_THAT(would.output, ContainsSubstring("app: would be held"));
    CHECK(here.generation() == before);
    REQUIRE(here.teal({"pause", "app", "--max", "30s"}).code == 0);
    CHECK_THAT(here.teal({"resume", "app", "--dry-run"}).output,
               ContainsSubstring("app: would be released"));
    CHECK(here.hold_of("app").started_unix_ns != 0);
}

TEST_CASE("nobody is held by an nginx that cannot: no worker, no split, an older module",
          "[hold]") {
    const HeldTable without(false);
    const CommandResult dead = without.teal({"pause", "app", "--max", "5s"});
    CHECK(dead.code == 5);
    CHECK_THAT(dead.errors, ContainsSubstring("no live nginx worker"));

    HeldTable here;
    // As a module without holds leaves its slot: claimed once more than it was said of holds.
    counters::File file;
    int error = 0;
    const std::string path = ::teal::table::counters_path_of(here.files.table.c_str()).text;
    REQUIRE(file.open(path.c_str(), Access::read_write, &error) == counters::Opened::ok);
    add_own(file.slot(1).claims, std::uint64_t{1});
    const CommandResult old = here.teal({"pause", "app", "--max", "5s"});
    CHECK(old.code == 1);
    CHECK_THAT(old.errors, ContainsSubstring("runs a module that does not know holds"));
    CHECK(here.hold_of("app").started_unix_ns == 0);
}

TEST_CASE("a pause with a worker that does not answer says so, and the hold stands", "[hold]") {
    HeldTable here;
    here.nginx->stop(0);
    const CommandResult result = here.teal({"pause", "app", "--max", "30s", "--timeout", "0.3"});
    CHECK(result.code == 4);
    CHECK(here.hold_of("app").started_unix_ns != 0);
    here.nginx->proceed(0);
    CHECK(here.teal({"resume", "app"}).code == 0);
}

TEST_CASE("the longest hold is checked with its unit", "[hold]") {
    CHECK(cli::parse_longest_hold("--max", "500ms") == 500ms);
    CHECK(cli::parse_longest_hold("--max", "30") == 30s);
    CHECK(cli::parse_longest_hold("--max", "10m") == 10min);
    CHECK_THROWS_AS(cli::parse_longest_hold("--max", "10.01m"), cli::Error);
    CHECK_THROWS_AS(cli::parse_longest_hold("--max", "0ms"), cli::Error);
}

TEST_CASE("a hold is read back as it was written, and zero is none", "[hold]") {
    table::SplitImage split = fixtures::sample_image().splits[0];
    CHECK_FALSE(cli::is_held(split, 5));
    CHECK_FALSE(cli::clear_hold(split));
    cli::set_hold(split, 1000, 500ns);
    const auto words = table::encode_record(split);
    const auto& record = *reinterpret_cast<const table::SplitRecord*>(words.data());
    CHECK(record.hold.started_unix_ns == 1000);
    CHECK(words[(256 + 16) / 8] == 1500);  // until, where LAYOUT.md draws it
    const table::SplitImage read = table::decode_record(record);
    CHECK(cli::is_held(read, 1499));
    CHECK_FALSE(cli::is_held(read, 1500));
    cli::set_hold(split, 1400, 500ns);
    CHECK(split.hold.started_unix_ns == 1000);
    cli::set_hold(split, 5000, 500ns);  // the one before was over
    CHECK(split.hold.started_unix_ns == 5000);
    CHECK(cli::clear_hold(split));
    CHECK(split.hold.until_unix_ns == 0);
}

TEST_CASE("sums of holds never go down, and what died with its process does not wait", "[hold]") {
    const fixtures::TemporaryDirectory directory;
    const std::string path = directory / "counters";
    REQUIRE(counters::create_file(path.c_str(), 4, 8, static_cast<std::uint32_t>(-1),
                                  static_cast<std::uint32_t>(-1)) == 0);
    counters::File file;
    int error = 0;
    REQUIRE(file.open(path.c_str(), Access::read_write, &error) == counters::Opened::ok);
    store_shared(file.header().split_count, 1u, std::memory_order_release);
    store_shared(file.header().variant_count, 2u, std::memory_order_release);
    const std::uint32_t slot = counters::claim_slot(file, 1, 1);
    REQUIRE(slot == 0);
    CHECK(file.slot(slot).knows_holds == file.slot(slot).claims);
    file.counters(slot, 0).held = 10;
    file.counters(slot, 0).held_ended = 4;
    file.counters(slot, 0).held_refused = 2;
    file.split(0).held_released = 3;
    counters::LiveSlots live;
    live[0] = true;
    CHECK(counters::hold_sums(file, live, 0).waiting == 6);
    live[0] = false;
    const counters::HoldSums dead = counters::hold_sums(file, live, 0);
    CHECK(dead.waiting == 0);
    CHECK(dead.held == 10);
    CHECK(dead.refused == 2);
    CHECK(dead.released == 3);
    counters::leave_slot(file, slot);  // as when it is claimed anew
    live[0] = true;
    CHECK(counters::hold_sums(file, live, 0).waiting == 0);
    CHECK(counters::hold_sums(file, live, 0).held == 10);
}
