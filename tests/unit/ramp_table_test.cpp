// What a ramp makes of the table, how its request is checked, and its files.
#include "cli/ramp/ramp_table.hpp"

#include "cli/commands/ramp_options.hpp"
#include "cli/error.hpp"
#include "cli/ramp/ramp_file.hpp"
#include "cli/ramp/share_interval.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using table::VariantState;

namespace {

table::TableImage three_variants() {
    table::TableImage image;
    table::SplitImage& app = image.splits.emplace_back();
    app.name = "app";
    app.variants = {{"blue", 750'000, VariantState::open, {}},
                    {"green", 0, VariantState::closed, {}},
                    {"red", 250'000, VariantState::open, {}}};
    app.apply_weights();
    return image;
}

Ramp ramp_at(std::uint32_t ppm) {
    Ramp ramp;
    ramp.splits = {{"app",
                    "green",
                    "blue",
                    {{"blue", 750'000}, {"green", 0}, {"red", 250'000}},
                    10'000'000,
                    {20'000}}};
    ramp.terms.steps = {1'000'000};
    ramp.armed_unix_ns = 42;
    ramp.lease_expires_unix_ns = 77;
    ramp.weight_ppm = ppm;
    return ramp;
}

}  // namespace

TEST_CASE("a ramp's share comes from the others in the proportion they had", "[ramp]") {
    table::TableImage image = three_variants();
    const table::SplitImage& app = image.splits[0];
    write_into(ramp_at(200'000), image);
    CHECK(app.variants[1].weight_ppm == 200'000);
    CHECK(app.variants[0].weight_ppm == 600'000);
    CHECK(app.variants[2].weight_ppm == 200'000);
    CHECK(app.variants[1].state == VariantState::open);
    CHECK(app.guard.armed == 1);
    CHECK(app.guard.canary == 1);
    CHECK(app.guard.baseline == 0);
    CHECK(app.guard.armed_unix_ns == 42);
    CHECK(app.guard.lease_expires_unix_ns == 77);
    CHECK(app.guard.on_lease_expiry == table::kLeaseReturns);
    CHECK(app.guard.slow_us[0] == 20'000);
    CHECK(app.guard.objective_e9 == 10'000'000);

    // To everything and back: the proportion is not lost on the way.
    write_into(ramp_at(1'000'000), image);
    CHECK(app.variants[0].weight_ppm == 0);
    Ramp aborted = ramp_at(0);
    aborted.phase = RampPhase::aborted;
    write_into(aborted, image);
    CHECK(app.variants[0].weight_ppm == 750'000);
    CHECK(app.variants[2].weight_ppm == 250'000);
    CHECK(app.variants[1].state == VariantState::closed);
    CHECK(app.guard.armed == 0);
    CHECK(app.guard.lease_expires_unix_ns == 0);
}

TEST_CASE("what a ramp's end makes of the table", "[ramp]") {
    table::TableImage image = three_variants();
    const table::SplitImage& app = image.splits[0];
    SECTION("promoted: the baseline is closed") {
        Ramp ramp = ramp_at(1'000'000);
        ramp.phase = RampPhase::promoted;
        write_into(ramp, image);
        CHECK(app.variants[1].weight_ppm == 1'000'000);
        CHECK(app.variants[0].state == VariantState::closed);
        CHECK(app.guard.armed == 0);
    }
    SECTION("undecided: the guard goes on, the lease holds") {
        Ramp ramp = ramp_at(50'000);
        ramp.phase = RampPhase::inconclusive;
        write_into(ramp, image);
        CHECK(app.variants[1].weight_ppm == 50'000);
        CHECK(app.guard.armed == 1);
        CHECK(app.guard.on_lease_expiry == table::kLeaseHolds);
    }
    SECTION("abandoned: somebody else's weights are left alone, the guard is not") {
        write_into(ramp_at(50'000), image);
        Ramp ramp = ramp_at(50'000);
        ramp.phase = RampPhase::aborted;
        ramp.abandoned = true;
        image.splits[0].variants[1].weight_ppm = 123;
        write_into(ramp, image);
        CHECK(app.variants[1].weight_ppm == 123);
        CHECK(app.guard.armed == 0);
    }
}

TEST_CASE("two ramps' files, the one under way first, and who drives", "[ramp]") {
    const fixtures::TemporaryDirectory here;
    const RampStore store(table_paths(here / "table", ""));
    CHECK(store.list().empty());
    CHECK_THROWS_WITH(chosen_ramp(store, ""), "there is no canary");
    {
        const DirectoryLock lock = store.lock();
        Ramp ended = ramp_at(0);
        ended.phase = RampPhase::aborted;
        ended.started_unix_ns = 9;
        store.save(ended);
        Ramp other = ramp_at(10'000);
        other.splits[0].split = "api";
        other.started_unix_ns = 5;
        store.save(other);
    }
    CHECK(chosen_ramp(store, "").name() == "api");
    CHECK(chosen_ramp(store, "app").phase == RampPhase::aborted);
    CHECK_THROWS_WITH(chosen_ramp(store, "apo"), ContainsSubstring("has no canary"));
    CHECK_FALSE(ramp_under_way(store, {"app"}).has_value());
    CHECK(ramp_under_way(store, {"web", "api"}).has_value());

    CHECK(store.driver_of("api").empty());
    {
        const auto driving = store.try_drive("api", "teal agent");
        CHECK(driving.has_value());
        CHECK_FALSE(store.try_drive("api", "teal canary start").has_value());
        CHECK_THAT(store.driver_of("api"), ContainsSubstring("teal agent"));
    }
    CHECK(store.driver_of("api").empty());
}

TEST_CASE("Wilson's interval", "[ramp]") {
    // Golden values from R: binom::binom.wilson(0, 10), (5, 100), (50, 50).
    CHECK(share_interval(0, 10).low == Catch::Approx(0.0).margin(1e-12));
    CHECK(share_interval(0, 10).high == Catch::Approx(0.2775328).epsilon(1e-6));
    CHECK(share_interval(5, 100).low == Catch::Approx(0.02154368).epsilon(1e-6));
    CHECK(share_interval(5, 100).high == Catch::Approx(0.11175047).epsilon(1e-6));
    CHECK(share_interval(50, 50).high == Catch::Approx(1.0));
    CHECK(share_interval(0, 0).high == 1.0);
}

TEST_CASE("the words of a ramp, and what is wrong with them", "[ramp]") {
    RampTermsOptions words;
    const RampRequest normal = ramp_request(words);
    CHECK(normal.terms.steps ==
          std::vector<std::uint32_t>{10'000, 50'000, 250'000, 500'000, 1'000'000});
    CHECK(normal.terms.hold_ns == 60'000'000'000);
    CHECK(normal.terms.patience_ns == 600'000'000'000);
    CHECK(normal.terms.alpha_e9 == 100'000);
    words.steps = "0.5,20%";
    words.hold = "300ms";
    words.slow = "250ms";
    words.max_errors = "1%";
    const RampRequest request = ramp_request(words);
    CHECK(request.terms.steps == std::vector<std::uint32_t>{5000, 200'000, 1'000'000});
    CHECK(request.terms.patience_ns == 3'000'000'000);
    CHECK(request.slow_us == std::vector<std::uint64_t>{250'000});
    CHECK(request.objective_e9 == 10'000'000u);
    CHECK(parse_duration("--hold", "1.5h") == 5'400'000'000'000);
    CHECK(parse_duration("--hold", "2") == 2'000'000'000);

    const auto refused = [](const char* says, auto change) {
        RampTermsOptions bad;
        change(bad);
        INFO(says);
        CHECK_THROWS_WITH(ramp_request(bad), ContainsSubstring(says));
    };
    refused("5 % does not come above 10 %", [](auto& bad) { bad.steps = "10,5"; });
    refused("more than 100 percent", [](auto& bad) { bad.steps = "10,120"; });
    refused("0 % is no step", [](auto& bad) { bad.steps = "0,100"; });
    refused("is not a number", [](auto& bad) { bad.steps = "10,,20"; });
    refused("--alpha 0.2 is not in (0, 0.1]", [](auto& bad) { bad.alpha = "0.2"; });
    refused("--alpha 0 is not in (0, 0.1]", [](auto& bad) { bad.alpha = "0"; });
    refused("--margin 0.9 is below 1", [](auto& bad) { bad.margin = "0.9"; });
    refused("--require-approval 7 % is not a step", [](auto& bad) { bad.approvals = {"7"}; });
    refused("--four-eyes without a step", [](auto& bad) { bad.four_eyes = true; });
    refused("--hold \"soon\"", [](auto& bad) { bad.hold = "soon"; });
    refused("--hold \"5x\"", [](auto& bad) { bad.hold = "5x"; });
    refused("--lease 100ms is too short", [](auto& bad) { bad.lease = "100ms"; });
    refused("--on-inconclusive \"wait\"", [](auto& bad) { bad.on_inconclusive = "wait"; });
    refused("--max-errors 100 %", [](auto& bad) { bad.max_errors = "100"; });
    refused("--patience 1s is shorter", [](auto& bad) { bad.patience = "1s"; });
}
