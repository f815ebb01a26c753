// What a report says in words, JSON, CSV and as a page, from given counts.
#include "cli/output/experiment_output.hpp"
#include "cli/output/experiment_plot.hpp"
#include "cli/output/experiment_words.hpp"
#include "cli/output/screen.hpp"
#include "tests/catch.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using experiment::Verdict;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

Experiment three_variants() {
    Experiment experiment;
    experiment.name = "checkout-colour";
    experiment.split = "app";
    experiment.arms = {{"a", 333'333}, {"b", 333'333}, {"c", 333'334}};
    experiment.control = "a";
    experiment.goals = {"buy"};
    experiment.started_unix_ns = 1'700'000'000 * kSecond;
    experiment.looked_unix_ns = experiment.started_unix_ns + 3600 * kSecond;
    experiment.phase = ExperimentPhase::running;
    experiment.starter = "ann@host";
    experiment.counted = no_counts(3, 1);
    return experiment;
}

void set(Experiment& experiment, std::size_t arm, std::uint64_t visitors, std::uint64_t converted,
         double value = 0) {
    const auto n = static_cast<double>(converted);
    experiment.counted[arm] = {
        visitors, {{converted, value > 0 ? converted : 0, n * value, 1.5 * n * value * value}}};
}

ExperimentReport report_of(const Experiment& experiment) {
    ExperimentReport report{experiment, find(question_of(experiment)), {}, 1};
    report.standing = standing_of(&experiment, report.findings);
    return report;
}

std::string joined(const std::string& text) {  // without line breaks and indents
    std::istringstream words(text);
    std::string result;
    for (std::string word; words >> word;) {
        result += (result.empty() ? "" : " ") + word;
    }
    return result;
}

Experiment with_winner() {
    Experiment experiment = three_variants();
    set(experiment, 0, 40'012, 2001, 31.5);
    set(experiment, 1, 39'990, 2401, 32);
    set(experiment, 2, 40'101, 2010, 30);
    return experiment;
}

}  // namespace

TEST_CASE("a report names winner, chance of error, split and the next step, in 80 columns") {
    const std::string text = report_text(report_of(with_winner()));
    INFO(text);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        CHECK(width_of(line) <= 80);
        CHECK(line.find('\033') == std::string::npos);
    }
    const std::string all = joined(text);
    CHECK_THAT(all, ContainsSubstring("verdict winner b"));
    CHECK_THAT(all, ContainsSubstring("at most 5 %, over all looks and comparisons"));
    CHECK_THAT(all, ContainsSubstring("split as intended: a 33.31 % (intended 33.3333 %)"));
    CHECK_THAT(all, ContainsSubstring("b 33.3333 % 39,990 2401 6.00 %"));
    CHECK_THAT(all, ContainsSubstring("next teal ab stop checkout-colour --winner b"));
    CHECK_THAT(all, ContainsSubstring("BETWEEN, ABOUT"));
    CHECK_THAT(all, ContainsSubstring("four of five cases"));
}

TEST_CASE("a report without a decision says how long still, by the pace so far") {
    Experiment experiment = three_variants();
    set(experiment, 0, 1000, 50);
    set(experiment, 1, 1000, 55);
    set(experiment, 2, 1000, 48);
    const ExperimentReport report = report_of(experiment);
    CHECK(report.standing.verdict == Verdict::undecided);
    const Need& need = report.findings.need;
    REQUIRE(need.seconds);
    CHECK(*need.visitors > 100'000);
    CHECK(*need.seconds == Catch::Approx((*need.visitors - 3000) * 3600 / 3000));
    CHECK(*need.visitors_for_none > 0);
    const std::string all = joined(report_text(report));
    CHECK_THAT(all, ContainsSubstring("no decision yet"));
    CHECK_THAT(all, ContainsSubstring("more at the pace so far"));
    CHECK_THAT(all, !ContainsSubstring("next "));
}

TEST_CASE("what is needed is not known before the control's first conversion") {
    Experiment experiment = three_variants();
    set(experiment, 0, 10, 0);
    set(experiment, 1, 10, 1);
    const ExperimentReport report = report_of(experiment);
    CHECK_FALSE(report.findings.need.visitors);
    CHECK_THAT(joined(report_text(report)),
               ContainsSubstring("not known before the first conversions of a"));
    CHECK_FALSE(report.findings.goals[0].lifts[0].lift);
    CHECK(report_json(report)["goals"][0]["variants"][1]["lift_high"].is_null());
}

TEST_CASE("visitors that are not split as intended are an alarm, and no verdict") {
    Experiment experiment = with_winner();
    experiment.counted[0].visitors = 44'000;
    const ExperimentReport report = report_of(experiment);
    const std::string all = joined(report_text(report));
    CHECK_THAT(all, ContainsSubstring("verdict broken: no verdict is given"));
    CHECK_THAT(all, ContainsSubstring("ALARM, the visitors are not split as intended"));
    CHECK_THAT(all, ContainsSubstring("--no-winner"));
    CHECK_THAT(all, !ContainsSubstring("winner b"));
    const auto json = report_json(report);
    CHECK(json["sample_ratio"]["alarm"] == true);
    CHECK(json["verdict"] == "broken");
}

TEST_CASE("more conversions than visitors give no interval for the rate, and no nonsense") {
    Experiment experiment = three_variants();
    experiment.keeps_assignment = true;
    set(experiment, 0, 5, 9);
    set(experiment, 1, 5, 2);
    set(experiment, 2, 5, 2);
    const ExperimentReport report = report_of(experiment);
    CHECK_FALSE(report.findings.goals[0].arms[0].interval);
    CHECK_THAT(joined(report_text(report)), ContainsSubstring("goals of those who came before"));
}

TEST_CASE("several goals: the first decides, all are shown") {
    Experiment experiment = with_winner();
    experiment.goals = {"look", "buy"};
    for (ArmCount& arm : experiment.counted) {
        arm.goals.insert(arm.goals.begin(), GoalCount{arm.visitors / 2, 0, 0, 0});
    }
    const ExperimentReport report = report_of(experiment);
    CHECK(report.standing.verdict != Verdict::winner);
    CHECK(report.findings.goals[1].judgement.verdict == Verdict::winner);
    CHECK_THAT(report_text(report), ContainsSubstring("goal look (decides)"));
}

TEST_CASE("JSON and CSV have the numbers of the text") {
    const ExperimentReport report = report_of(with_winner());
    const auto json = report_json(report);
    CHECK(json["verdict"] == "winner");
    CHECK(json["winner"] == "b");
    CHECK(json["visitors"] == 120'103);
    const auto& b = json["goals"][0]["variants"][1];
    CHECK(b["conversions"] == 2401);
    CHECK(b["rate"].get<double>() == Catch::Approx(2401.0 / 39'990));
    CHECK(b["rate_low"].get<double>() < b["rate"].get<double>());
    CHECK(b["lift"].get<double>() == Catch::Approx(2401.0 / 2001 - 1));
    CHECK(b["lift_low"].get<double>() > 0);
    CHECK(b["value_mean"].get<double>() == Catch::Approx(2401.0 * 32 / 39'990));
    CHECK(b["value_lift_low"].is_number());

    std::istringstream csv(report_csv(report));
    std::string header;
    std::getline(csv, header);
    const auto commas = [](const std::string& line) {
        return std::count(line.begin(), line.end(), ',');
    };
    int rows = 0;
    for (std::string line; std::getline(csv, line); ++rows) {
        INFO(line);
        CHECK(commas(line) == commas(header));
        CHECK(line.starts_with("buy,"));
    }
    CHECK(rows == 3);
}

TEST_CASE("the page stands alone: no script, nothing loaded, text escaped, pictures in it") {
    Experiment experiment = with_winner();
    for (int i = 1; i <= 3; ++i) {
        Sample sample{experiment.started_unix_ns + static_cast<std::uint64_t>(i) * kSecond,
                      experiment.counted};
        experiment.samples.push_back(sample);
    }
    experiment.phase = ExperimentPhase::stopped;
    experiment.winner = "b";
    experiment.reason = "<script>alert(\"&\")</script>";
    const std::string page = report_html(report_of(experiment));
    CHECK_THAT(page, ContainsSubstring("winner b"));
    CHECK_THAT(page, ContainsSubstring("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"));
    for (const char* never :
         {"<script", "http://", "https://", "src=\"", "url(", "@import", "nan", "inf "}) {
        INFO(never);
        CHECK(page.find(never) == std::string::npos);
    }
    // Lift, rate and two histories.
    std::size_t pictures = 0;
    for (std::size_t at = page.find("<svg"); at != std::string::npos;
         at = page.find("<svg", at + 1)) {
        ++pictures;
    }
    CHECK(pictures == 4);
    CHECK_THAT(page, ContainsSubstring("default-src 'none'"));
    CHECK_THAT(page, ContainsSubstring("prefers-color-scheme: dark"));
}

TEST_CASE("pictures of unlimited and missing intervals have numbers only") {
    const std::string svg = interval_plot(
        "t", {{"b", std::nullopt, experiment::Interval{-1, INFINITY}}, {"c", .5, std::nullopt}},
        true, .05);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
    const std::string history = history_plot(
        "t", {{1, 0, std::nullopt, {-1, INFINITY}}, {2, 0, std::nullopt, {-1, INFINITY}}}, .05);
    CHECK(history.find("nan") == std::string::npos);
    CHECK(history.find("inf") == std::string::npos);
}

TEST_CASE("numbers are as exact as what is known") {
    CHECK(percent_for(.05123, .013) == "5.1 %");
    CHECK(percent_for(.05123, .0013) == "5.12 %");
    CHECK(interval_text(experiment::Interval{.0444, .0571}) == "4.4 … 5.7 %");
    CHECK(interval_text(std::nullopt) == "-");
    CHECK(lift_interval_text({-.012, .251}) == "-1 … +25 %");
    CHECK(lift_interval_text({-.0001, .0102}) == "0.0 … +1.0 %");
    CHECK(lift_interval_text({.031, INFINITY}) == "above +3 %");
    CHECK(lift_interval_text({-1, INFINITY}) == "anything");
    CHECK(grouped(std::uint64_t{1204311}) == "1,204,311");
    CHECK(grouped(std::uint64_t{999}) == "999");
    CHECK(grouped(std::uint64_t{1000}) == "1000");
    CHECK(grouped(INFINITY) == "endlessly many");
}

TEST_CASE("the list tells who decided what") {
    Experiment ended = with_winner();
    ended.phase = ExperimentPhase::stopped;
    ended.winner = "b";
    ended.stopper = "ann@host";
    ended.reason = "sells more";
    const std::string text = experiments_text({three_variants(), ended});
    CHECK_THAT(joined(text), ContainsSubstring("ann@host: everyone to b, sells more"));
    const auto json = experiments_json({ended});
    CHECK(json[0]["winner"] == "b");
    CHECK(json[0]["verdict"] == "winner");
}
