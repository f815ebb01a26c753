// The ramp's state machine, with time and evidence as the test wants them.
#include "cli/ramp/machine.hpp"

#include "cli/error.hpp"
#include "cli/ramp/ramp_file.hpp"
#include "tests/catch.hpp"

#include <cmath>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kStart = 1'000'000 * kSecond;

// A ramp and what its guard would say; time goes by only when it is told to.
class Scene {
public:
    explicit Scene(RampTerms terms = {}) {
        if (terms.steps.empty()) {
            terms.steps = {10'000, 500'000, 1'000'000};
        }
        if (terms.hold_ns == RampTerms{}.hold_ns) {
            terms.hold_ns = 10 * kSecond;
            terms.patience_ns = 50 * kSecond;
        }
        ramp.terms = terms;
        ramp.splits = {{"app", "green", "blue", {{"blue", 1'000'000}, {"green", 0}}}};
        ramp.starter = "ann";
        ramp.armed_unix_ns = kStart;
        sight.now_unix_ns = kStart;
        sight.splits.resize(1);
        sight.splits[0].evaluated = true;
        sight.splits[0].evidence.split = "app";
        begin_ramp(ramp, sight);
        ramp.published = true;
    }

    // Some seconds later the driver looks; `requests` more were answered by the canary.
    Scene& after(double seconds, std::uint64_t requests = 10) {
        sight.now_unix_ns += static_cast<std::uint64_t>(seconds * 1e9);
        sight.splits[0].evidence.canary_done += requests;
        ramp.lease_expires_unix_ns = sight.now_unix_ns + ramp.terms.lease_ns;  // as if looked often
        advance_ramp(ramp, sight);
        return *this;
    }
    RampEventKind last() const { return ramp.log.back().kind; }

    Ramp ramp;
    Sight sight;
};

}  // namespace

TEST_CASE("a healthy canary goes through its steps and is promoted", "[ramp]") {
    Scene scene;
    CHECK(scene.ramp.phase == RampPhase::running);
    CHECK(scene.ramp.weight_ppm == 10'000);
    CHECK(scene.ramp.log.front().kind == RampEventKind::started);
    scene.after(9.9);
    CHECK(scene.ramp.weight_ppm == 10'000);
    CHECK(scene.ramp.published);  // nothing new for the table
    scene.after(0.1);
    CHECK(scene.ramp.weight_ppm == 500'000);
    CHECK_FALSE(scene.ramp.published);
    CHECK(scene.last() == RampEventKind::step_reached);
    scene.after(9.9);
    CHECK(scene.ramp.phase == RampPhase::running);
    scene.after(0.1);
    CHECK(scene.ramp.phase == RampPhase::promoted);
    CHECK(scene.ramp.weight_ppm == 1'000'000);
    CHECK(scene.ramp.lease_expires_unix_ns == 0);
    CHECK(exit_code_of(scene.ramp.phase) == ExitCode::ok);
    const Ramp ended = scene.ramp;
    scene.after(100);
    CHECK(scene.ramp.log.size() == ended.log.size());  // an end is an end
}

TEST_CASE("no data never ends a step: it is inconclusive", "[ramp]") {
    RampTerms terms;
    SECTION("the canary had no requests, and its traffic stays") {
        Scene scene;
        scene.after(49.9, 0);
        CHECK(scene.ramp.phase == RampPhase::running);
        scene.after(0.1, 0);
        CHECK(scene.ramp.phase == RampPhase::inconclusive);
        CHECK(scene.ramp.weight_ppm == 10'000);
        CHECK(scene.ramp.is_left_undecided());
        CHECK_THAT(scene.ramp.log.back().text, ContainsSubstring("no requests"));
        CHECK(exit_code_of(scene.ramp.phase) == ExitCode::inconclusive);
        promote_ramp(scene.ramp, {"ann"}, scene.sight);
        CHECK(scene.ramp.phase == RampPhase::promoted);
    }
    SECTION("or goes back") {
        terms.on_inconclusive = OnInconclusive::abort;
        Scene scene(terms);
        scene.after(50, 0);
        CHECK(scene.ramp.phase == RampPhase::inconclusive);
        CHECK(scene.ramp.weight_ppm == 0);
        CHECK_FALSE(scene.ramp.is_left_undecided());
        CHECK_THROWS_AS(promote_ramp(scene.ramp, {"ann"}, scene.sight), Error);
    }
    SECTION("data of the step before does not count") {
        Scene scene;
        scene.after(10, 10);
        REQUIRE(scene.ramp.weight_ppm == 500'000);
        scene.after(10, 0);
        CHECK(scene.ramp.phase == RampPhase::running);
        scene.after(0.1, 1);
        CHECK(scene.ramp.phase == RampPhase::promoted);
    }
    SECTION("what another arming counted is no data") {
        Scene scene;
        scene.sight.splits[0].evaluated = false;
        scene.after(50, 10);
        CHECK(scene.ramp.phase == RampPhase::inconclusive);
    }
    SECTION("one of two splits without requests is not enough") {
        Scene scene;
        scene.ramp.splits.push_back({"api", "green", "blue", {}});
        scene.sight.splits.push_back(scene.sight.splits[0]);
        scene.sight.splits[1].evidence = {};
        scene.after(10, 10);
        CHECK(scene.ramp.weight_ppm == 10'000);
        scene.sight.splits[1].evidence.canary_done = 1;
        scene.after(0.1, 0);
        CHECK(scene.ramp.weight_ppm == 500'000);
    }
}

TEST_CASE("nginx was started anew: its counts begin at nothing, and count", "[ramp]") {
    Scene scene;
    scene.after(10, 1000);
    REQUIRE(scene.ramp.weight_ppm == 500'000);
    scene.sight.splits[0].evidence.canary_done = 0;
    scene.after(10, 0);
    CHECK(scene.ramp.phase == RampPhase::running);
    scene.after(0.1, 3);
    CHECK(scene.ramp.phase == RampPhase::promoted);
}

TEST_CASE("a step that waits for evidence ends with it", "[ramp]") {
    RampTerms terms;
    terms.until_evidence = true;
    terms.hold_ns = 0;
    terms.patience_ns = 60 * kSecond;
    Scene scene(terms);
    scene.after(20);
    CHECK(scene.ramp.weight_ppm == 10'000);
    scene.sight.splits[0].evidence.log_no_worse = std::log(20.0) - 1e-9;
    scene.after(1);
    CHECK(scene.ramp.weight_ppm == 10'000);
    scene.sight.splits[0].evidence.log_no_worse = std::log(20.0) + 1e-9;
    scene.after(1);
    CHECK(scene.ramp.weight_ppm == 500'000);
    scene.after(0.1, 0);  // evidence there is, but nothing happened in this step
    CHECK(scene.ramp.weight_ppm == 500'000);
    scene.after(0.1, 1);
    CHECK(scene.ramp.phase == RampPhase::promoted);

    Scene without(terms);
    without.after(60);
    CHECK(without.ramp.phase == RampPhase::inconclusive);
    CHECK_THAT(without.ramp.log.back().text, ContainsSubstring("not enough evidence"));
}

TEST_CASE("a trip of any split ends it, in every phase", "[ramp]") {
    RampTerms terms;
    terms.approvals = {500'000};
    Scene scene(terms);
    SECTION("running") {}
    SECTION("paused") {
        pause_ramp(scene.ramp, {"ann"}, scene.sight);
    }
    SECTION("waiting for an approval") {
        scene.after(10);
        REQUIRE(scene.ramp.phase == RampPhase::approval);
    }
    SECTION("when the table is no longer as published, a carried trip say") {
        scene.sight.splits[0].changed_by_others = "another command";
    }
    scene.sight.splits[0].evidence.canary_bad = 7;
    scene.sight.splits[0].tripped_unix_ns = 5;
    scene.after(0.1);
    CHECK(scene.ramp.phase == RampPhase::tripped);
    CHECK(scene.ramp.weight_ppm == 0);
    CHECK_FALSE(scene.ramp.published);
    CHECK_FALSE(scene.ramp.abandoned);
    CHECK_THAT(scene.ramp.log.back().text, ContainsSubstring("app: 7 of"));
    CHECK(scene.ramp.log.back().evidence.size() == 1);
    CHECK(exit_code_of(scene.ramp.phase) == ExitCode::tripped);
}

TEST_CASE("time in a pause does not count", "[ramp]") {
    Scene scene;
    scene.after(6);
    pause_ramp(scene.ramp, {"bob", "lunch"}, scene.sight);
    CHECK(scene.ramp.log.back().by == "bob");
    CHECK_THROWS_AS(pause_ramp(scene.ramp, {"bob"}, scene.sight), Error);
    scene.after(1000);
    CHECK(scene.ramp.phase == RampPhase::paused);
    CHECK(scene.ramp.weight_ppm == 10'000);
    resume_ramp(scene.ramp, {"bob"}, scene.sight);
    scene.after(3.9);
    CHECK(scene.ramp.weight_ppm == 10'000);
    scene.after(0.1);
    CHECK(scene.ramp.weight_ppm == 500'000);
    CHECK_THROWS_AS(resume_ramp(scene.ramp, {"bob"}, scene.sight), Error);
}

TEST_CASE("the lease is renewed in time, and time without one does not count", "[ramp]") {
    Scene scene;
    const std::uint64_t lease = scene.ramp.terms.lease_ns;
    CHECK(scene.ramp.lease_expires_unix_ns == kStart + lease);
    scene.sight.now_unix_ns += 9 * kSecond;
    scene.sight.splits[0].evidence.canary_done = 1;
    advance_ramp(scene.ramp, scene.sight);
    CHECK(scene.ramp.published);
    scene.sight.now_unix_ns += 2 * kSecond - kSecond / 2;  // 10.5 of 30 s
    scene.ramp.terms.hold_ns = 100 * kSecond;
    scene.ramp.terms.patience_ns = 1000 * kSecond;
    advance_ramp(scene.ramp, scene.sight);
    CHECK(scene.ramp.lease_expires_unix_ns == scene.sight.now_unix_ns + lease);
    CHECK_FALSE(scene.ramp.published);
    // Nobody for an hour: 30 s of it the canary had its traffic.
    const std::uint64_t held = scene.ramp.held_at(scene.sight.now_unix_ns);
    scene.sight.now_unix_ns += 3600 * kSecond;
    advance_ramp(scene.ramp, scene.sight);
    CHECK(scene.ramp.phase == RampPhase::running);
    CHECK(scene.ramp.held_at(scene.sight.now_unix_ns) == held + lease);
    // Unless it was to hold.
    scene.ramp.terms.lease_holds = true;
    scene.ramp.terms.hold_ns = 1000 * kSecond;
    scene.ramp.terms.patience_ns = 10'000 * kSecond;
    scene.sight.now_unix_ns += 500 * kSecond;
    advance_ramp(scene.ramp, scene.sight);
    CHECK(scene.ramp.held_at(scene.sight.now_unix_ns) == held + lease + 500 * kSecond);
}

TEST_CASE("a share that was set is held, and the next step is the one above it", "[ramp]") {
    Scene scene({.steps = {10'000, 50'000, 500'000, 1'000'000}});
    set_ramp(scene.ramp, 70'000, {"ann"}, scene.sight);
    CHECK(scene.ramp.phase == RampPhase::paused);
    CHECK(scene.ramp.weight_ppm == 70'000);
    CHECK_FALSE(scene.ramp.published);
    scene.after(100);
    CHECK(scene.ramp.weight_ppm == 70'000);
    resume_ramp(scene.ramp, {"ann"}, scene.sight);
    scene.after(9.9);
    CHECK(scene.ramp.weight_ppm == 70'000);
    scene.after(0.1);
    CHECK(scene.ramp.weight_ppm == 500'000);
    set_ramp(scene.ramp, 0, {"ann"}, scene.sight);
    CHECK(scene.ramp.weight_ppm == 0);
    resume_ramp(scene.ramp, {"ann"}, scene.sight);
    CHECK(scene.ramp.weight_ppm == 10'000);  // at nothing it would wait for ever
}

TEST_CASE("a step that needs an approval waits for it", "[ramp]") {
    RampTerms terms;
    terms.approvals = {500'000};
    Scene scene(terms);
    CHECK_THROWS_AS(approve_ramp(scene.ramp, {"bob"}, scene.sight), Error);  // nothing waits
    scene.after(10);
    CHECK(scene.ramp.phase == RampPhase::approval);
    CHECK(scene.ramp.weight_ppm == 10'000);
    CHECK(scene.last() == RampEventKind::approval_wanted);
    const std::size_t said = scene.ramp.log.size();
    scene.after(1000);
    CHECK(scene.ramp.phase == RampPhase::approval);  // it is never inconclusive meanwhile
    CHECK(scene.ramp.log.size() == said);            // and says so once
    approve_ramp(scene.ramp, {"ann", "looks good"}, scene.sight);
    CHECK(scene.ramp.phase == RampPhase::running);
    CHECK(scene.ramp.weight_ppm == 500'000);
    REQUIRE(scene.ramp.approvals.size() == 1);
    CHECK(scene.ramp.approvals[0].by == "ann");
    CHECK(scene.ramp.approvals[0].reason == "looks good");
    scene.after(10);
    CHECK(scene.ramp.phase == RampPhase::promoted);
}

TEST_CASE("the first step and the last one may wait, too", "[ramp]") {
    RampTerms terms;
    terms.approvals = {10'000, 1'000'000};
    Scene scene(terms);
    CHECK(scene.ramp.phase == RampPhase::approval);
    CHECK(scene.ramp.weight_ppm == 0);
    approve_ramp(scene.ramp, {"ann"}, scene.sight);
    CHECK(scene.ramp.weight_ppm == 10'000);
    scene.after(10).after(10);
    CHECK(scene.ramp.phase == RampPhase::approval);
    CHECK(scene.ramp.weight_ppm == 500'000);
    approve_ramp(scene.ramp, {"ann"}, scene.sight);
    CHECK(scene.ramp.phase == RampPhase::promoted);
}

TEST_CASE("four eyes are two people's, whatever command is used", "[ramp]") {
    RampTerms terms;
    terms.approvals = {500'000};
    terms.four_eyes = true;
    Scene scene(terms);
    scene.after(10);
    REQUIRE(scene.ramp.phase == RampPhase::approval);
    const std::string before = ramp_text(scene.ramp);
    CHECK_THROWS_AS(approve_ramp(scene.ramp, {"ann"}, scene.sight), Error);
    CHECK_THROWS_AS(promote_ramp(scene.ramp, {"ann"}, scene.sight), Error);
    CHECK_THROWS_AS(set_ramp(scene.ramp, 600'000, {"ann"}, scene.sight), Error);
    CHECK(ramp_text(scene.ramp) == before);
    Ramp lower = scene.ramp;
    set_ramp(lower, 20'000, {"ann"}, scene.sight);  // goes over no step that waits
    CHECK(lower.weight_ppm == 20'000);
    Ramp promoted = scene.ramp;
    promote_ramp(promoted, {"bob"}, scene.sight);
    CHECK(promoted.phase == RampPhase::promoted);
    CHECK(promoted.approvals.at(0).by == "bob");
    approve_ramp(scene.ramp, {"bob"}, scene.sight);
    CHECK(scene.ramp.weight_ppm == 500'000);
}

TEST_CASE("aborted: by somebody, or because somebody else changed the split", "[ramp]") {
    Scene scene;
    SECTION("by somebody") {
        abort_ramp(scene.ramp, {"ann", "wrong colour"}, scene.sight);
        CHECK(scene.ramp.phase == RampPhase::aborted);
        CHECK(scene.ramp.weight_ppm == 0);
        CHECK(scene.ramp.log.back().reason == "wrong colour");
        CHECK_THROWS_AS(abort_ramp(scene.ramp, {"ann"}, scene.sight), Error);
    }
    SECTION("by a change") {
        scene.sight.splits[0].changed_by_others = "another command changed the traffic of app";
        scene.after(1);
        CHECK(scene.ramp.phase == RampPhase::aborted);
        CHECK(scene.ramp.abandoned);
    }
    SECTION("not before it was published: then it is our own change that is missing") {
        scene.sight.splits[0].changed_by_others = "another command changed the traffic of app";
        scene.ramp.published = false;
        scene.after(1);
        CHECK(scene.ramp.phase == RampPhase::running);
    }
}

TEST_CASE("read back from its file a ramp is the same and goes on the same", "[ramp]") {
    RampTerms terms;
    terms.approvals = {500'000};
    terms.four_eyes = true;
    Scene scene(terms);
    scene.ramp.splits[0].slow_us = {20'000, 90'000};
    scene.sight.splits[0].evidence.log_evidence = -1e9;
    scene.after(10);
    pause_ramp(scene.ramp, {"ann", "\"quoted\"\nreason"}, scene.sight);
    const std::string text = ramp_text(scene.ramp);
    CHECK(ramp_text(parse_ramp("app.json", text)) == text);

    // A driver that is replaced at each look decides as one that lives on.
    Scene one;
    Scene other;
    for (int i = 0; i < 300; ++i) {
        one.after(0.1);
        other.ramp = parse_ramp("app.json", ramp_text(other.ramp));
        other.after(0.1);
        REQUIRE(ramp_text(one.ramp) == ramp_text(other.ramp));
    }
    CHECK(one.ramp.phase == RampPhase::promoted);
}

TEST_CASE("a damaged ramp file is named and refused", "[ramp]") {
    const Scene scene;
    const std::string text = ramp_text(scene.ramp);
    std::string other_version = text;
    other_version.replace(other_version.find("\"version\": 1"), 12, "\"version\": 9");
    std::string phase = text;
    phase.replace(phase.find("\"running\""), 9, "\"runing\"");
    for (const std::string& bad :
         {text.substr(0, text.size() / 2), std::string("{}"), other_version, phase}) {
        CHECK_THROWS_WITH(parse_ramp("app.json", bad), ContainsSubstring("app.json is damaged"));
    }
}
