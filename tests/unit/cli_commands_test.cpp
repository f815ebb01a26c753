// The commands as a user meets them, on a private table, with and without (simulated) workers.
#include "shared/table/reader.hpp"
#include "shared/table/writing/image.hpp"
#include "shared/table/writing/publisher.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/probe_program.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"

#include <sys/stat.h>
#include <filesystem>
#include <nlohmann/json.hpp>

using namespace teal;
using Catch::Matchers::ContainsSubstring;
using tests::CommandResult;
using tests::SimulatedNginx;

namespace {

class PrivateTable {
public:
    PrivateTable() {
        char name[] = "/tmp/teal-cli-XXXXXX";
        directory_ = mkdtemp(name);
    }
    ~PrivateTable() { std::filesystem::remove_all(directory_); }
    PrivateTable(const PrivateTable&) = delete;
    PrivateTable& operator=(const PrivateTable&) = delete;

    std::string path() const { return directory_ + "/table"; }
    std::string file(const std::string& name) const { return directory_ + "/" + name; }
    CommandResult teal(std::vector<std::string> words) const {
        words.insert(words.end(), {"--table", path()});
        return tests::run_teal(words);
    }
    table::TableImage image() const {
        table::Reader reader;
        int error = 0;
        std::uint32_t version = 0;
        table::TableImage image;
        REQUIRE(reader.open(path().c_str(), &error, &version) == table::Health::ok);
        table::read_image(reader, image);
        return image;
    }
    std::uint32_t weight(const std::string& split, const std::string& variant) const {
        const table::TableImage now = image();
        return now.find(split)->find(variant)->weight_ppm;
    }
    // A split that can take weights.
    void add_split(const std::string& split) const {
        REQUIRE(teal({"init", "--split", split}).code == 0);
        REQUIRE(teal({"traffic", "endpoints", split, "blue", "set", "127.0.0.1:8101"}).code == 0);
        REQUIRE(teal({"traffic", "endpoints", split, "green", "set", "127.0.0.1:8102"}).code == 0);
    }

private:
    std::string directory_;
};

constexpr char kRules[] = "key $remote_addr\ndefault blue\n";

}  // namespace

TEST_CASE("init makes table, secret and split, and is safe to repeat") {
    const PrivateTable here;
    const CommandResult first = here.teal({"init", "--split", "app"});
    CHECK(first.code == 0);
    CHECK_THAT(first.output, ContainsSubstring("teal_table " + here.path()));
    CHECK(here.weight("app", "blue") == 1'000'000);

    struct stat status {};
    REQUIRE(stat(here.file("secret").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(status.st_size == 65);
    REQUIRE(stat(here.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0644);

    const std::uint64_t salt = here.image().find("app")->salt;
    CHECK(here.teal({"init", "--split", "app", "--variants", "blue,green,red"}).code == 0);
    const table::TableImage image = here.image();
    CHECK(image.generation == 2);
    CHECK(image.find("app")->variants.size() == 3);
    CHECK(image.find("app")->salt == salt);
    CHECK(here.weight("app", "blue") == 1'000'000);
    CHECK(here.teal({"init", "--split", "app"}).code == 0);
    CHECK(here.image().generation == 2);
}

TEST_CASE("init refuses what cannot be and a dry run makes nothing") {
    const PrivateTable here;
    CHECK(here.teal({"init", "--split", "app", "--dry-run"}).code == 0);
    CHECK(here.teal({"init", "--split", "a-b"}).code == 2);
    CHECK(here.teal({"init", "--split", "app", "--variants", "a,,b"}).code == 2);
    CHECK(here.teal({"init", "--split", "app", "--variants", "a,a"}).code == 2);
    CHECK(here.teal({"init", "--split", "app", "--variants", "1,2,3,4,5,6,7,8,9"}).code == 2);
    CHECK(here.teal({"init", "--variants", "a,b"}).code == 2);
    CHECK(here.teal({"init", "--capacity", "0"}).code == 2);
    CHECK(here.teal({"init", "--capacity", "65537"}).code == 2);
    CHECK_FALSE(std::filesystem::exists(here.path()));
    CHECK_FALSE(std::filesystem::exists(here.file("secret")));

    CHECK(here.teal({"init", "--capacity", "1", "--split", "one"}).code == 0);
    CHECK(here.teal({"init", "--capacity", "2"}).code == 2);
    CHECK_THAT(here.teal({"init", "--split", "two"}).errors, ContainsSubstring("full"));
}

TEST_CASE("a table that a reboot took comes back with the first command") {
    const PrivateTable here;
    here.add_split("app");
    const std::uint64_t generation = here.image().generation;
    std::filesystem::remove(here.path());
    CHECK(here.teal({"traffic", "show", "--interval", "0"}).code == 0);
    CHECK(here.image().generation == generation);
}

TEST_CASE("a table made anew goes on above the generations that workers report") {
    const PrivateTable here;
    here.add_split("app");
    SimulatedNginx nginx(here.path(), {{"app", {"blue", "green"}, true, kRules}}, 2);
    REQUIRE(here.teal({"traffic", "set", "app", "green=50"}).code == 0);
    const std::uint64_t reported = here.image().generation;
    // Stopped, the workers cannot notice the new file: they go on reporting the old generation.
    nginx.stop(0);
    nginx.stop(1);
    std::filesystem::remove(here.path());
    std::filesystem::remove(here.path() + ".saved");
    REQUIRE(here.teal({"init", "--split", "app"}).code == 0);
    CHECK(here.image().generation == reported + 1);
    nginx.proceed(0);
    nginx.proceed(1);
}

TEST_CASE("weights are applied by every worker before set returns") {
    const PrivateTable here;
    here.add_split("app");
    here.add_split("api");
    const SimulatedNginx nginx(
        here.path(),
        {{"app", {"blue", "green"}, true, kRules}, {"api", {"blue", "green"}, true, kRules}}, 3);
    const std::uint64_t generation = here.image().generation;
    const CommandResult set =
        here.teal({"traffic", "set", "app", "green=12.5", "api", "green=100", "--json"});
    REQUIRE(set.code == 0);
    const auto json = nlohmann::json::parse(set.output);
    CHECK(json["generation"] == generation + 1);
    CHECK(json["workers"] == 3);
    CHECK(json["applied"] == true);
    CHECK(json["splits"]["app"]["weights"]["blue"] == 87.5);
    CHECK(json["splits"]["api"]["moved_percent"] == 100.0);
    CHECK(here.weight("app", "green") == 125'000);

    const CommandResult again = here.teal({"traffic", "set", "app", "green=12.5"});
    CHECK(again.code == 0);
    CHECK_THAT(again.output, ContainsSubstring("was so already"));
    CHECK(here.image().generation == generation + 1);
}

TEST_CASE("a worker that does not apply a publication is named, and the publication stands") {
    const PrivateTable here;
    here.add_split("app");
    SimulatedNginx nginx(here.path(), {{"app", {"blue", "green"}, true, kRules}}, 2);
    nginx.stop(1);
    const CommandResult set = here.teal({"traffic", "set", "app", "green=100", "--timeout", "0.3"});
    CHECK(set.code == 4);
    CHECK_THAT(set.errors, ContainsSubstring("pid " + std::to_string(nginx.pids()[1])));
    CHECK_THAT(set.errors, ContainsSubstring("stands"));
    CHECK(here.weight("app", "green") == 1'000'000);
    CHECK_THAT(here.teal({"doctor"}).output, ContainsSubstring("decides by"));
    nginx.proceed(1);
    CHECK(here.teal({"traffic", "set", "app", "green=100"}).code == 0);
}

TEST_CASE("without a live worker nothing is published unless that is meant") {
    const PrivateTable here;
    here.add_split("app");
    const std::uint64_t generation = here.image().generation;
    CHECK(here.teal({"traffic", "set", "app", "green=1"}).code == 5);
    { const SimulatedNginx ended(here.path(), {{"app", {"blue", "green"}, true, kRules}}, 1); }
    CHECK(here.teal({"traffic", "set", "app", "green=1"}).code == 5);
    CHECK(here.image().generation == generation);
    CHECK(here.teal({"traffic", "set", "app", "green=1", "--offline"}).code == 0);
    CHECK(here.weight("app", "green") == 10'000);
}

TEST_CASE("a wrong set leaves table and generation untouched") {
    const PrivateTable here;
    here.add_split("app");
    REQUIRE(here.teal({"init", "--split", "empty"}).code == 0);
    REQUIRE(here.teal({"init", "--split", "elsewhere"}).code == 0);
    REQUIRE(here.teal({"init", "--split", "app", "--variants", "red"}).code == 0);
    const SimulatedNginx nginx(
        here.path(),
        {{"app", {"blue", "green"}, true, kRules}, {"empty", {"blue", "green"}, true, kRules}}, 1);
    const std::uint64_t generation = here.image().generation;
    const std::vector<std::vector<std::string>> wrong = {{"app", "gren=5"},
                                                         {"ap", "green=5"},
                                                         {"app", "green=101"},
                                                         {"app", "green=-5"},
                                                         {"app", "green=0.00001"},
                                                         {"app", "green=x"},
                                                         {"app", "green=60", "blue=60"},
                                                         {"app", "green=5", "app", "blue=5"},
                                                         {"app", "green=5", "green=6"},
                                                         {"app", "green=50", "blue=20", "red=20"},
                                                         {"empty", "green=5"},
                                                         {"elsewhere", "green=5"},
                                                         {"app", "red=5"},
                                                         {"app", "green=5", "empty", "green=5"},
                                                         {"app", "green=5", "--state", "closed"},
                                                         {"app", "green=5", "--timeout", "soon"}};
    for (std::vector<std::string> words : wrong) {
        INFO(Catch::StringMaker<std::vector<std::string>>::convert(words));
        words.insert(words.begin(), {"traffic", "set"});
        const CommandResult result = here.teal(words);
        CHECK(result.code == 2);
        CHECK(result.output.empty());
        CHECK_THAT(result.errors, ContainsSubstring("next: "));
    }
    CHECK(here.teal({"traffic", "set", "app", "green=5", "--dry-run"}).code == 0);
    CHECK(here.image().generation == generation);
}

TEST_CASE("a change of one split does not give another one's tripped canary its traffic back") {
    const PrivateTable here;
    here.add_split("app");
    here.add_split("api");
    table::TableImage image = here.image();
    table::SplitImage& app = *image.find("app");
    app.guard.armed = 1;
    app.guard.canary = 1;
    app.guard.baseline = 0;
    app.variants[0].weight_ppm = 900'000;
    app.variants[1].weight_ppm = 100'000;
    app.apply_weights();
    table::publish(here.path(), here.file("table.saved"), image);
    SimulatedNginx nginx(
        here.path(),
        {{"app", {"blue", "green"}, true, kRules}, {"api", {"blue", "green"}, true, kRules}}, 1);
    nginx.trip(0, image.generation);
    CHECK_THAT(here.teal({"traffic", "show", "--interval", "0"}).output,
               ContainsSubstring("the guard has tripped"));

    SECTION("another split is changed") {
        const CommandResult set = here.teal({"traffic", "set", "api", "green=50"});
        CHECK(set.code == 0);
        CHECK_THAT(set.output, ContainsSubstring("app: the guard had tripped"));
        CHECK(here.weight("app", "green") == 0);
        CHECK(here.weight("app", "blue") == 1'000'000);
        CHECK(here.image().find("app")->find("green")->state == table::VariantState::closed);
    }
    SECTION("the split itself is set to what it was") {
        const CommandResult set = here.teal({"traffic", "set", "app", "green=10"});
        CHECK(set.code == 0);
        CHECK_THAT(set.output, ContainsSubstring("clears the guard's trip"));
        CHECK(here.image().generation == image.generation + 1);
        CHECK(here.weight("app", "green") == 100'000);
    }
}

TEST_CASE("the last endpoint of a variant with traffic stays") {
    const PrivateTable here;
    here.add_split("app");
    const CommandResult last =
        here.teal({"traffic", "endpoints", "app", "blue", "remove", "127.0.0.1:8101"});
    CHECK(last.code == 2);
    CHECK_THAT(last.errors, ContainsSubstring("last endpoint"));
    CHECK(here.teal({"traffic", "endpoints", "app", "green", "remove", "127.0.0.1:8102"}).code ==
          0);
    CHECK(here.teal({"traffic", "endpoints", "app", "green", "set"}).code == 2);
    CHECK(here.teal({"traffic", "endpoints", "app", "blue", "list"}).output == "127.0.0.1:8101\n");
}

TEST_CASE("explain needs a key when no nginx says how it decides") {
    const PrivateTable here;
    here.add_split("app");
    CHECK(here.teal({"traffic", "explain", "app"}).code == 5);
    const CommandResult explained = here.teal(
        {"traffic", "explain", "app", "--key", "alice", "--propose", "green=100", "--json"});
    REQUIRE(explained.code == 0);
    const auto json = nlohmann::json::parse(explained.output);
    CHECK(json["variant"] == "blue");
    CHECK(json["proposal"]["moves"] == true);
    CHECK(json["proposal"]["moved_percent"] == 100.0);
}

TEST_CASE("unknown words get a suggestion, and help is not an error") {
    CHECK_THAT(tests::run_teal({"trafic"}).errors, ContainsSubstring("did you mean \"traffic\""));
    CHECK_THAT(tests::run_teal({"traffic", "shwo"}).errors,
               ContainsSubstring("did you mean \"show\""));
    CHECK_THAT(tests::run_teal({"traffic", "set", "app", "--jsn"}).errors,
               ContainsSubstring("did you mean \"--json\""));
    CHECK(tests::run_teal({}).code == 2);
    CHECK(tests::run_teal({"traffic"}).code == 2);
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"--help"}, {"traffic", "--help"}, {"traffic", "set", "--help"}, {"--version"}}) {
        CHECK(tests::run_teal(words).code == 0);
    }
}

TEST_CASE("doctor tells a healthy installation from a broken one") {
    fixtures::use_built_probe_program();
    const PrivateTable here;
    CHECK(here.teal({"doctor"}).code == 1);
    here.add_split("app");
    const SimulatedNginx nginx(here.path(), {{"app", {"blue", "green"}, true, kRules}}, 2);
    const CommandResult healthy = here.teal({"doctor"});
    INFO(healthy.output);
    CHECK(healthy.code == 0);

    std::filesystem::permissions(here.file("secret"), std::filesystem::perms(0644));
    const CommandResult open_secret = here.teal({"doctor", "--json"});
    CHECK(open_secret.code == 1);
    CHECK(nlohmann::json::parse(open_secret.output)["problems"] == 1);
}

TEST_CASE("nothing deployed yet is no problem for doctor; traffic without an endpoint is one") {
    fixtures::use_built_probe_program();
    const PrivateTable here;
    REQUIRE(here.teal({"init", "--split", "app"}).code == 0);
    const SimulatedNginx nginx(here.path(), {{"app", {"blue", "green"}, true, kRules}}, 1);
    const CommandResult begun = here.teal({"doctor"});
    INFO(begun.output);
    CHECK(begun.code == 0);
    CHECK_THAT(begun.output, ContainsSubstring("no variant has an endpoint yet"));
    REQUIRE(here.teal({"traffic", "endpoints", "app", "green", "set", "127.0.0.1:8102"}).code == 0);
    const CommandResult half = here.teal({"doctor"});
    CHECK(half.code == 1);
    CHECK_THAT(half.output, ContainsSubstring("variant blue has 100 % and no endpoint"));
}

TEST_CASE("a canary whose baseline has had no requests begins with a warning") {
    const PrivateTable here;
    here.add_split("app");
    const SimulatedNginx nginx(here.path(), {{"app", {"blue", "green"}, true, kRules}}, 1);
    REQUIRE(here.teal({"traffic", "set", "app", "blue=100"}).code == 0);
    for (const char* variant : {"blue", "green"}) {
        REQUIRE(here.teal({"traffic", "endpoints", "app", variant, "set", "127.0.0.1:9"}).code ==
                0);
    }
    const CommandResult begun = here.teal({"canary", "start", "--split", "app", "--dry-run"});
    INFO(begun.output << begun.errors);
    CHECK(begun.code == 0);
    CHECK(begun.errors.find("blue of app has had no requests") != std::string::npos);
    CHECK(begun.output.find("slow is not watched") != std::string::npos);
}
