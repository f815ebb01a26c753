// `teal ab` as a user meets it, on a private table with simulated workers.
#include "cli/error.hpp"
#include "cli/experiment/experiment_store.hpp"
#include "shared/table/reader.hpp"
#include "shared/table/writing/image.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

using namespace teal;
using Catch::Matchers::ContainsSubstring;
using tests::CommandResult;
using tests::SimulatedNginx;

namespace {

constexpr char kRules[] = "key $remote_addr\nsticky teal_app 3600\ndefault a\n";

// A table with split app of a, b and c, and an nginx that has goals buy and look for it.
class Shop {
public:
    Shop() {
        REQUIRE(teal({"init", "--split", "app", "--variants", "a,b,c"}).code == 0);
        for (const char* variant : {"a", "b", "c"}) {
            REQUIRE(teal({"traffic", "endpoints", "app", variant, "set", "127.0.0.1:8101"}).code ==
                    0);
        }
        nginx.emplace(table(),
                      std::vector<tests::SimulatedSplit>{
                          {"app", {"a", "b", "c"}, true, kRules, {"buy", "look"}},
                          {"plain", {"a", "b"}, true, kRules, {}}},
                      2);
    }

    std::string table() const { return directory_ / "table"; }
    CommandResult teal(std::vector<std::string> words) const {
        words.insert(words.end(), {"--table", table()});
        return tests::run_teal(words);
    }
    nlohmann::json report(std::vector<std::string> words = {}) const {
        words.insert(words.begin(), {"ab", "report"});
        words.push_back("--json");
        const CommandResult result = teal(words);
        INFO(result.errors);
        REQUIRE(!result.output.empty());
        return nlohmann::json::parse(result.output);
    }
    void count(const char* variant, std::uint64_t visitors, std::uint64_t bought,
               double value = 0) {
        nginx->count({"app", variant, visitors, "buy", bought, value});
    }
    table::TableImage image() const {
        table::Reader reader;
        int error = 0;
        std::uint32_t version = 0;
        table::TableImage image;
        REQUIRE(reader.open(table().c_str(), &error, &version) == table::Health::ok);
        table::read_image(reader, image);
        return image;
    }
    const table::VariantImage variant(const char* name) const {
        return *image().find("app")->find(name);
    }
    cli::ExperimentStore store() const {
        return cli::ExperimentStore(cli::table_paths(table(), ""));
    }

    std::optional<SimulatedNginx> nginx;

private:
    fixtures::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("start publishes weights and a fresh salt at once, and counts from then on") {
    Shop shop;
    shop.count("a", 1000, 100);  // before it began
    const std::uint64_t salt = shop.image().find("app")->salt;
    const std::uint64_t generation = shop.image().generation;
    const CommandResult started = shop.teal({"ab", "start", "colour", "--split", "app", "--weights",
                                             "a=50,b=30,c=20", "--goal", "buy"});
    INFO(started.errors);
    REQUIRE(started.code == 0);
    CHECK_THAT(started.output, ContainsSubstring("applied by 2 of 2 workers"));
    CHECK(shop.image().generation == generation + 1);
    CHECK(shop.image().find("app")->salt != salt);
    CHECK(shop.variant("b").weight_ppm == 300'000);

    shop.count("a", 500, 50, 10);
    shop.count("b", 300, 36, 12);
    shop.count("c", 200, 20);
    const auto report = shop.report();
    CHECK(report["experiment"]["name"] == "colour");
    CHECK(report["control"] == "a");
    CHECK(report["visitors"] == 1000);
    const auto& variants = report["goals"][0]["variants"];
    CHECK(variants[0]["visitors"] == 500);
    CHECK(variants[1]["conversions"] == 36);
    CHECK(variants[1]["value_sum"].get<double>() == Catch::Approx(432));
    CHECK(variants[1]["lift"].get<double>() == Catch::Approx(.2));
    CHECK(report["goals"].size() == 1);
}

TEST_CASE("a report before anybody came says so, with what to do, and a code of its own") {
    Shop shop;
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app"}).code == 0);
    const CommandResult report = shop.teal({"ab", "report", "colour"});
    CHECK(report.code == 9);
    CHECK_THAT(report.errors, ContainsSubstring("no visitor yet"));
    CHECK_THAT(report.errors, ContainsSubstring("next: "));
    CHECK(report.output.empty());
}

TEST_CASE("a split is reported without an experiment too") {
    Shop shop;
    REQUIRE(shop.teal({"traffic", "set", "app", "a=50", "b=50"}).code == 0);
    CHECK(shop.teal({"ab", "report"}).code == 9);
    shop.count("a", 500, 50);
    shop.count("b", 500, 60);
    const auto report = shop.report({"--split", "app"});
    CHECK(report["experiment"].is_null());
    CHECK(report["visitors"] == 1000);
    CHECK(report["goals"].size() == 2);
    CHECK(report["notes"].size() == 1);
    CHECK(shop.report()["visitors"] == 1000);  // the only one with goals
}

TEST_CASE("numbers that a restart of the counters took are added to, not lost") {
    Shop shop;
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app", "--weights", "a=50,b=50"}).code ==
            0);
    shop.count("a", 100, 10);
    CHECK(shop.report()["visitors"] == 100);
    shop.nginx->make_counters_anew();
    shop.count("b", 7, 1);
    const auto report = shop.report();
    CHECK(report["visitors"] == 107);
    CHECK(report["notes"].size() == 1);
}

TEST_CASE("a winner is written down when it is seen, and stop sends everyone to it") {
    Shop shop;
    REQUIRE(shop.teal({"traffic", "set", "app", "a=100"}).code == 0);
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app", "--weights", "a=50,b=50"}).code ==
            0);
    shop.count("a", 50'000, 5000);
    shop.count("b", 50'000, 5500);
    CHECK(shop.report()["winner"] == "b");
    // The difference melts; the verdict stays.
    shop.count("a", 50'000, 5300);
    shop.count("b", 50'000, 4900);
    const auto later = shop.report({"colour"});
    CHECK(later["verdict"] == "winner");
    CHECK(later["winner"] == "b");

    const std::uint64_t generation = shop.image().generation;
    const CommandResult dry = shop.teal({"ab", "stop", "colour", "--winner", "b", "--dry-run"});
    CHECK(dry.code == 0);
    CHECK(shop.image().generation == generation);

    const CommandResult stopped =
        shop.teal({"ab", "stop", "colour", "--winner", "b", "--reason", "sells more"});
    INFO(stopped.errors);
    CHECK(stopped.code == 0);
    CHECK(stopped.errors.empty());
    CHECK(shop.image().generation == generation + 1);
    CHECK(shop.variant("b").weight_ppm == 1'000'000);
    CHECK(shop.variant("b").state == table::VariantState::open);
    CHECK(shop.variant("a").weight_ppm == 0);
    CHECK(shop.variant("a").state == table::VariantState::closed);

    const CommandResult list = shop.teal({"ab", "list"});
    CHECK_THAT(list.output, ContainsSubstring("everyone to b, sells more"));
    // Its numbers stay what they were when it ended.
    shop.count("b", 1000, 0);
    CHECK(shop.report({"colour"})["visitors"] == 200'000);
    CHECK(shop.teal({"ab", "stop", "colour", "--winner", "b"}).code == 2);
}

TEST_CASE(
    "stopping without a winner brings the traffic back; a choice without ground is warned of") {
    Shop shop;
    REQUIRE(shop.teal({"traffic", "set", "app", "a=100"}).code == 0);
    REQUIRE(shop.teal({"traffic", "set", "app", "c", "--state", "closed"}).code == 0);
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app"}).code == 0);
    CHECK(shop.variant("c").weight_ppm > 0);
    shop.count("a", 10, 1);
    SECTION("none") {
        REQUIRE(shop.teal({"ab", "stop", "colour", "--no-winner"}).code == 0);
        CHECK(shop.variant("a").weight_ppm == 1'000'000);
        CHECK(shop.variant("c").state == table::VariantState::closed);
    }
    SECTION("unfounded") {
        const CommandResult stopped = shop.teal({"ab", "stop", "colour", "--winner", "c"});
        CHECK(stopped.code == 0);
        CHECK_THAT(stopped.errors, ContainsSubstring("do not say that c is best"));
        CHECK(shop.variant("c").weight_ppm == 1'000'000);
    }
}

TEST_CASE("weights changed by another command end the counting, and stay on --no-winner") {
    Shop shop;
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app", "--weights", "a=50,b=50"}).code ==
            0);
    shop.count("a", 100, 10);
    shop.count("b", 100, 10);
    CHECK(shop.report()["visitors"] == 200);
    REQUIRE(shop.teal({"traffic", "set", "app", "a=90", "b=10"}).code == 0);
    shop.count("a", 1000, 10);
    const auto report = shop.report();
    CHECK(report["visitors"] == 200);
    CHECK_THAT(report["notes"][0].get<std::string>(), ContainsSubstring("a from 50 % to 90 %"));
    REQUIRE(shop.teal({"ab", "stop", "colour", "--no-winner"}).code == 0);
    CHECK(shop.variant("a").weight_ppm == 900'000);
}

TEST_CASE("visitors that are not split as intended: an alarm and a code of its own") {
    Shop shop;
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app", "--weights", "a=50,b=50"}).code ==
            0);
    shop.count("a", 5000, 500);
    shop.count("b", 6000, 900);
    const CommandResult report = shop.teal({"ab", "report"});
    CHECK(report.code == 10);
    CHECK_THAT(report.output, ContainsSubstring("ALARM"));
}

TEST_CASE("a start that was cut off is no experiment, and is begun again") {
    Shop shop;
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app"}).code == 0);
    auto cut_off = *shop.store().load("colour");
    cut_off.phase = cli::ExperimentPhase::starting;
    {
        const auto lock = shop.store().lock();
        shop.store().save(cut_off);
    }
    CHECK(shop.teal({"ab", "report", "colour"}).code == 5);
    CHECK(shop.teal({"ab", "start", "other", "--split", "app"}).code == 2);
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app"}).code == 0);
    CHECK(shop.store().load("colour")->phase == cli::ExperimentPhase::running);
    // The way back is to before the first attempt.
    CHECK(shop.store().load("colour")->before[0].weight_ppm == 1'000'000);
}

TEST_CASE("an end that was cut off is ended by the same command") {
    Shop shop;
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app"}).code == 0);
    auto cut_off = *shop.store().load("colour");
    cut_off.phase = cli::ExperimentPhase::stopping;
    cut_off.winner = "c";
    {
        const auto lock = shop.store().lock();
        shop.store().save(cut_off);
    }
    REQUIRE(shop.teal({"ab", "stop", "colour", "--winner", "c"}).code == 0);
    CHECK(shop.variant("c").weight_ppm == 1'000'000);
    CHECK(shop.store().load("colour")->phase == cli::ExperimentPhase::stopped);
}

TEST_CASE("keeping the assignment publishes nothing, and takes no other weights") {
    Shop shop;
    REQUIRE(shop.teal({"traffic", "set", "app", "a=50", "b=50"}).code == 0);
    const std::uint64_t generation = shop.image().generation;
    const std::vector<std::string> start = {
        "ab", "start", "colour", "--split", "app", "--keep-assignment", "--weights"};
    std::vector<std::string> other = start;
    other.push_back("a=60,b=40");
    CHECK(shop.teal(other).code == 2);
    std::vector<std::string> same = start;
    same.push_back("a=50,b=50");
    CHECK(shop.teal(same).code == 0);
    CHECK(shop.image().generation == generation);
    CHECK(shop.store().load("colour")->phase == cli::ExperimentPhase::running);
    CHECK(shop.store().load("colour")->keeps_assignment);
}

TEST_CASE("what cannot be begun is refused by name, and changes nothing") {
    Shop shop;
    REQUIRE(shop.teal({"init", "--split", "plain", "--variants", "a,b"}).code == 0);
    REQUIRE(shop.teal({"init", "--split", "later", "--variants", "a,b"}).code == 0);
    const std::uint64_t generation = shop.image().generation;
    struct Wrong {
        std::vector<std::string> words;
        const char* says;
    };
    const Wrong wrong[] = {
        {{"colour", "--split", "ap"}, "did you mean \"app\""},
        {{"../x", "--split", "app"}, "cannot be an experiment's name"},
        {{"colour", "--split", "plain"}, "has no goal"},
        {{"colour", "--split", "later"}, "has no goal"},
        {{"colour", "--split", "app", "--goal", "by"}, "did you mean \"buy\""},
        {{"colour", "--split", "app", "--goal", "buy", "--goal", "buy"}, "named twice"},
        {{"colour", "--split", "app", "--weights", "a=50,b=40"}, "add up to 90 %"},
        {{"colour", "--split", "app", "--weights", "a=60,b=60"}, "add up to 120 %"},
        {{"colour", "--split", "app", "--weights", "a=100"}, "two variants with weight"},
        {{"colour", "--split", "app", "--weights", "a=50,d=50"}, "has no variant \"d\""},
        {{"colour", "--split", "app", "--weights", "a=50,b"}, "VARIANT=PERCENT"},
        {{"colour", "--split", "app", "--weights", "a=50,a=50"}, "named twice"},
        {{"colour", "--split", "app", "--control", "d"}, "--control d"},
        {{"colour", "--split", "app", "--alpha", "0"}, "--alpha"},
        {{"colour", "--split", "app", "--alpha", "51"}, "--alpha"},
        {{"colour", "--split", "app", "--effect", "x"}, "--effect"},
        {{"colour", "--split", "app", "--effect", "0.01"}, "--effect"},
    };
    for (const Wrong& wish : wrong) {
        INFO(wish.says);
        std::vector<std::string> words = wish.words;
        words.insert(words.begin(), {"ab", "start"});
        const CommandResult result = shop.teal(words);
        CHECK(result.code == 2);
        CHECK_THAT(result.errors, ContainsSubstring(wish.says));
        CHECK_THAT(result.errors, ContainsSubstring("next: "));
    }
    CHECK(shop.teal({"ab", "start", "colour", "--split", "app", "--dry-run"}).code == 0);
    CHECK(shop.image().generation == generation);
    CHECK(shop.store().list().empty());
    REQUIRE(shop.teal({"ab", "start", "colour", "--split", "app"}).code == 0);
    CHECK_THAT(shop.teal({"ab", "start", "price", "--split", "app"}).errors,
               ContainsSubstring("has experiment colour already"));
    CHECK(shop.teal({"ab", "start", "colour", "--split", "app"}).code == 2);
    CHECK(shop.teal({"ab", "stop", "colour"}).code == 2);
    CHECK(shop.teal({"ab", "stop", "colour", "--winner", "a", "--no-winner"}).code == 2);
    CHECK(shop.teal({"ab", "stop", "colour", "--winner", "d"}).code == 2);
    CHECK(shop.teal({"ab", "stop", "colours", "--no-winner"}).code == 5);
    CHECK(shop.teal({"ab", "report", "colours"}).code == 5);
    CHECK(shop.teal({"ab", "report", "--json", "--csv"}).code == 2);
}

TEST_CASE("an experiment and a canary do not share a split") {
    Shop shop;
    std::filesystem::create_directories(std::filesystem::path(shop.table()).parent_path());
    SECTION("a canary is refused while an experiment runs") {
        REQUIRE(
            shop.teal({"ab", "start", "colour", "--split", "app", "--weights", "a=50,b=50"}).code ==
            0);
        const CommandResult canary =
            shop.teal({"canary", "start", "--split", "app", "--canary", "b", "--detach"});
        CHECK(canary.code == 2);
        CHECK_THAT(canary.errors, ContainsSubstring("experiment colour"));
    }
    SECTION("an experiment is refused while a canary runs") {
        REQUIRE(shop.teal({"traffic", "set", "app", "a=100"}).code == 0);
        const CommandResult canary =
            shop.teal({"canary", "start", "--split", "app", "--canary", "b", "--detach"});
        INFO(canary.errors);
        REQUIRE(canary.code == 0);
        const CommandResult start = shop.teal({"ab", "start", "colour", "--split", "app"});
        CHECK(start.code == 2);
        CHECK_THAT(start.errors, ContainsSubstring("canary"));
    }
}
