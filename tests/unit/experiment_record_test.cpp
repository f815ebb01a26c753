// An experiment's record: what is counted, what stays decided, and what a damaged file is told as.
#include "cli/error.hpp"
#include "cli/experiment/counting.hpp"
#include "cli/experiment/experiment_store.hpp"
#include "cli/experiment/findings.hpp"
#include "cli/experiment/look.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <cmath>
#include <fstream>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using experiment::Verdict;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kFile = 77;  // when nginx made its counters

Experiment two_variants() {
    Experiment experiment;
    experiment.name = "colour";
    experiment.split = "app";
    experiment.arms = {{"a", 500'000}, {"b", 500'000}};
    experiment.control = "a";
    experiment.goals = {"buy", "look"};
    experiment.salt = 0xfedcba9876543210;
    experiment.before = {{"a", 1'000'000, table::VariantState::open},
                         {"b", 0, table::VariantState::closed}};
    experiment.starter = "ann@host";
    experiment.started_unix_ns = 1000 * kSecond;
    experiment.phase = ExperimentPhase::running;
    experiment.file_created_unix_ns = kFile;
    experiment.in_file = experiment.counted = no_counts(2, 2);
    return experiment;
}

CountsReading reading(std::uint64_t file, std::uint64_t visitors, std::uint64_t of_a,
                      std::uint64_t of_b) {
    CountsReading now{file, no_counts(2, 2)};
    now.counts[0].visitors = now.counts[1].visitors = visitors;
    now.counts[0].goals[0] = {of_a, of_a, 2.5 * static_cast<double>(of_a),
                              6.25 * static_cast<double>(of_a)};
    now.counts[1].goals[0].conversions = of_b;
    return now;
}

table::TableImage table_of(const Experiment& experiment) {
    table::TableImage image;
    table::SplitImage split;
    split.name = experiment.split;
    split.salt = experiment.salt;
    for (const ExperimentArm& arm : experiment.arms) {
        split.variants.push_back({arm.variant, arm.weight_ppm, table::VariantState::open, {}});
    }
    image.splits.push_back(split);
    return image;
}

}  // namespace

TEST_CASE("what was counted before an experiment began is not its own") {
    Experiment experiment = two_variants();
    experiment.in_file = reading(kFile, 5000, 100, 200).counts;
    count_up_to(experiment, reading(kFile, 5010, 103, 204), 1010 * kSecond);
    CHECK(experiment.counted[0].visitors == 10);
    CHECK(experiment.counted[0].goals[0].conversions == 3);
    CHECK(experiment.counted[0].goals[0].value_sum == Catch::Approx(7.5));
    CHECK(experiment.counted[0].goals[0].value_square_sum == Catch::Approx(18.75));
    CHECK(experiment.counted[1].goals[0].conversions == 4);
    CHECK(experiment.looked_unix_ns == 1010 * kSecond);
}

TEST_CASE("counters made anew are added to what was counted, and never take from it") {
    Experiment experiment = two_variants();
    count_up_to(experiment, reading(kFile, 100, 10, 12), 1001 * kSecond);
    count_up_to(experiment, reading(kFile + 1, 7, 1, 2), 1002 * kSecond);
    CHECK(experiment.counted[0].visitors == 107);
    CHECK(experiment.counted[0].goals[0].conversions == 11);
    CHECK(experiment.counted[1].goals[0].conversions == 14);
    CHECK(experiment.counted[0].goals[0].value_sum == Catch::Approx(27.5));
    CHECK(experiment.files_lost == 1);
    count_up_to(experiment, reading(kFile + 1, 9, 1, 2), 1003 * kSecond);
    CHECK(experiment.counted[0].visitors == 109);
    CHECK(experiment.files_lost == 1);
    // No nginx, and a reading that is behind the last one: nothing.
    count_up_to(experiment, {0, no_counts(2, 2)}, 1004 * kSecond);
    count_up_to(experiment, reading(kFile + 1, 8, 0, 2), 1005 * kSecond);
    CHECK(experiment.counted[0].visitors == 109);
    CHECK(experiment.counted[0].goals[0].conversions == 11);
}

TEST_CASE("samples are bounded and stay spread over all the time") {
    Experiment experiment = two_variants();
    constexpr std::uint64_t kDay = 86'400;
    for (std::uint64_t second = 1; second <= kDay; second += 10) {
        count_up_to(experiment, reading(kFile, second, 0, 0), (1000 + second) * kSecond);
        REQUIRE(experiment.samples.size() <= kMostSamples);
    }
    CHECK(experiment.samples.size() >= kMostSamples / 2 - 1);
    const std::uint64_t first = experiment.samples.front().time_unix_ns / kSecond - 1000;
    const std::uint64_t last = experiment.samples.back().time_unix_ns / kSecond - 1000;
    CHECK(first < kDay / 50);
    CHECK(last > kDay - kDay / 50);
    for (std::size_t i = 1; i < experiment.samples.size(); ++i) {
        const std::uint64_t gap =
            experiment.samples[i].time_unix_ns - experiment.samples[i - 1].time_unix_ns;
        CHECK(gap >= experiment.sample_every_ns / 2);
        CHECK(gap <= 2 * experiment.sample_every_ns);
    }
}

TEST_CASE("a winner that was seen stays, with the numbers of that moment") {
    Experiment experiment = two_variants();
    count_up_to(experiment, reading(kFile, 50'000, 5000, 5500), 2000 * kSecond);
    decide(experiment, 2000 * kSecond);
    REQUIRE(experiment.decision);
    CHECK(experiment.decision->winner == "b");
    CHECK(experiment.decision->counts[1].goals[0].conversions == 5500);

    // Afterwards the difference goes away.
    count_up_to(experiment, reading(kFile, 100'000, 10'300, 10'400), 3000 * kSecond);
    decide(experiment, 3000 * kSecond);
    const ExperimentFindings now = find(question_of(experiment));
    CHECK(now.goals[0].judgement.verdict == Verdict::undecided);
    const Standing standing = standing_of(&experiment, now);
    CHECK(standing.verdict == Verdict::winner);
    CHECK(standing.winner == "b");
    CHECK(standing.since_unix_ns == 2000 * kSecond);
}

TEST_CASE("visitors that are not split as intended end every verdict, for good") {
    Experiment experiment = two_variants();
    count_up_to(experiment, reading(kFile, 50'000, 5000, 5500), 2000 * kSecond);
    decide(experiment, 2000 * kSecond);
    CountsReading skewed = reading(kFile, 50'000, 5000, 5500);
    skewed.counts[1].visitors = 53'000;
    count_up_to(experiment, skewed, 3000 * kSecond);
    decide(experiment, 3000 * kSecond);
    CHECK(standing_of(&experiment, find(question_of(experiment))).verdict == Verdict::broken);
    // Made good again by visitors that are missing on the other side: it stays what it was.
    skewed.counts[0].visitors = 53'000;
    count_up_to(experiment, skewed, 4000 * kSecond);
    const ExperimentFindings now = find(question_of(experiment));
    CHECK_FALSE(now.is_broken);
    CHECK(standing_of(&experiment, now).verdict == Verdict::broken);
}

TEST_CASE("a decision on small differences holds for larger effects only") {
    Experiment experiment = two_variants();
    count_up_to(experiment, reading(kFile, 1'000'000, 50'000, 50'100), 2000 * kSecond);
    decide(experiment, 2000 * kSecond);
    REQUIRE(experiment.decision);
    CHECK(experiment.decision->verdict == Verdict::equivalent);
    Question question = question_of(experiment);
    question.effect = .10;
    CHECK(standing_of(&experiment, find(question)).verdict == Verdict::equivalent);
    question.effect = .01;
    CHECK(standing_of(&experiment, find(question)).verdict == Verdict::undecided);
}

TEST_CASE("weights or salt changed by others disturb an experiment, endpoints do not") {
    Experiment experiment = two_variants();
    table::TableImage image = table_of(experiment);
    CHECK(disturbance_of(experiment, image).empty());
    image.splits[0].variants[0].endpoints.resize(2);
    CHECK(disturbance_of(experiment, image).empty());
    SECTION("weights") {
        image.splits[0].variants[0].weight_ppm = 900'000;
        CHECK_THAT(disturbance_of(experiment, image), ContainsSubstring("a from 50 % to 90 %"));
    }
    SECTION("a state") {
        image.splits[0].variants[1].state = table::VariantState::draining;
        CHECK_FALSE(disturbance_of(experiment, image).empty());
    }
    SECTION("the salt") {
        ++image.splits[0].salt;
        CHECK_THAT(disturbance_of(experiment, image), ContainsSubstring("mixed anew"));
    }
    SECTION("the split") {
        image.splits.clear();
        CHECK_FALSE(disturbance_of(experiment, image).empty());
    }
    SECTION("a variant") {
        image.splits[0].variants.pop_back();
        CHECK_FALSE(disturbance_of(experiment, image).empty());
    }
}

TEST_CASE("a record is read as it was written") {
    Experiment experiment = two_variants();
    count_up_to(experiment, reading(kFile, 50'000, 5000, 5500), 2000 * kSecond);
    decide(experiment, 2000 * kSecond);
    experiment.broken = experiment.decision;
    experiment.broken->verdict = Verdict::broken;
    experiment.broken->log_sample_ratio = INFINITY;
    experiment.disturbed_unix_ns = 3;
    experiment.disturbance = "another command";
    experiment.winner = "b";
    experiment.phase = ExperimentPhase::stopped;
    experiment.reason = "sales \"like\" it \xff";  // not UTF-8: replaced, not thrown
    const std::string text = experiment_text(experiment);
    const Experiment read = parse_experiment("colour.json", text);
    CHECK(experiment_text(read) == text);
    CHECK(read.salt == experiment.salt);
    CHECK(read.before[1].state == table::VariantState::closed);
    CHECK(read.decision->winner == "b");
    CHECK(read.broken->log_sample_ratio > 1e100);
    CHECK(read.counted[0].goals[0].value_sum == Catch::Approx(12'500));
}

TEST_CASE("a damaged record is named, with what to do") {
    const std::string text = experiment_text(two_variants());
    for (const std::string& damaged :
         {std::string(), std::string("[]"), text.substr(0, text.size() / 2),
          std::string("{\"version\":2}")}) {
        try {
            parse_experiment("/x/colour.json", damaged);
            FAIL("accepted " << damaged);
        } catch (const Error& error) {
            CHECK_THAT(error.what(), ContainsSubstring("/x/colour.json is damaged"));
            CHECK(error.code() == ExitCode::failed);
            CHECK_FALSE(error.next_step().empty());
        }
    }
    // Whole, but of what cannot be: no reader of it may reach beyond its arms.
    for (const auto& [from, to] : {std::pair{"\"goals\":[\"buy\",\"look\"]", "\"goals\":[]"},
                                   std::pair{"\"control\":\"a\"", "\"control\":\"z\""},
                                   std::pair{"\"effect_ppm\":50000", "\"effect_ppm\":0"}}) {
        std::string changed = text;
        REQUIRE(changed.find(from) != std::string::npos);
        changed.replace(changed.find(from), std::string(from).size(), to);
        CHECK_THROWS_AS(parse_experiment("colour.json", changed), Error);
    }
}

TEST_CASE("names that could be a path are no names") {
    for (const char* name : {"", ".", "..", "../x", "a/b", "-x", "a b", "ä"}) {
        INFO(name);
        CHECK_THROWS_AS(check_experiment_name(name), Error);
    }
    CHECK_THROWS_AS(check_experiment_name(std::string(64, 'a')), Error);
    check_experiment_name(std::string(63, 'a'));
    check_experiment_name("checkout-colour_2.b");
}

TEST_CASE("an experiment is found by name, listed, and a damaged one does not hide others") {
    const fixtures::TemporaryDirectory directory;
    const ExperimentStore store(table_paths(directory / "table", ""));
    CHECK(store.list().empty());
    const DirectoryLock lock = store.lock();
    Experiment experiment = two_variants();
    store.save(experiment);
    experiment.name = "older";
    experiment.phase = ExperimentPhase::stopped;
    store.save(experiment);
    CHECK(store.list().front().name == "colour");
    CHECK(experiment_on(store, "app")->name == "colour");
    CHECK_FALSE(experiment_on(store, "api"));
    try {
        store.require("color");
        FAIL("found");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("did you mean \"colour\""));
        CHECK(error.code() == ExitCode::nothing_there);
    }
    std::ofstream(store.file_of("broken")) << "{";
    CHECK_THROWS_AS(store.list(), Error);
    std::vector<std::string> damaged;
    CHECK(store.list(&damaged).size() == 2);
    CHECK(damaged.size() == 1);
}
