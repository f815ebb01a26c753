// An A/B test from beginning to end on a real nginx: visitors with cookies, a report with the
// numbers that were really sent, a reboot of the counters, and everyone moved to the winner.
#include "tests/catch.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

using Json = nlohmann::json;

class AbSite {
public:
    AbSite() {
        must({"init", "--split", "app", "--variants", "a,b,c"});
        for (const Backend* backend : {&a_, &b_, &c_}) {
            must({"traffic", "endpoints", "app", backend->name(), "set", backend->address()});
        }
        NginxOptions options;
        options.worker_processes = 2;
        options.http =
            "teal_table " + table +
            ";\n"
            "teal_split app {\n"
            "    variant a;\n    variant b;\n    variant c;\n    default a;\n"
            "    key $arg_key;\n    sticky teal_app 1h;\n    pin $http_x_pin;\n"
            "    goal buy;\n    holdout 10;\n"
            "}\n"
            "upstream app { teal app; keepalive 16; }\n"
            "server {\n    listen 127.0.0.1:" +
            std::to_string(port) +
            ";\n"
            "    add_header X-Variant $teal_app;\n    add_header X-Reason $teal_app_reason;\n"
            "    proxy_http_version 1.1;\n    proxy_set_header Connection '';\n"
            "    location / { proxy_pass http://app; }\n"
            "    location /buy { proxy_pass http://app/; teal_goal buy value $arg_amount; }\n"
            "}\n";
        nginx = std::make_unique<NginxServer>(workspace, options);
        nginx->start();
    }

    RunResult teal(std::vector<std::string> words) const {
        words.insert(words.begin(), TEAL_CLI_PATH);
        words.insert(words.end(), {"--table", table});
        return run(std::move(words), 60s);
    }
    // One look of the agent of a project whose table it is.
    RunResult agent_looks() {
        ProcessOptions options;
        options.argv = {TEAL_CLI_PATH, "agent", "--once"};
        options.directory = workspace.make_directory("project");
        workspace.write("project/Procfile", "web: sleep 60\n");
        options.env["TEAL_TABLE"] = table;
        return run(options, 60s);
    }
    std::string must(const std::vector<std::string>& words) const {
        const RunResult result = teal(words);
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        return result.out;
    }
    Json report() const { return Json::parse(must({"ab", "report", "price", "--json"})); }
    Endpoint front() const { return Endpoint::loopback(port); }

    Workspace workspace{"ab"};
    std::string table{(workspace.make_directory("run") / "table").string()};
    std::uint16_t port = workspace.free_port();
    std::unique_ptr<NginxServer> nginx;

private:
    Backend a_{"a"};
    Backend b_{"b"};
    Backend c_{"c"};
};

struct Tally {
    std::uint64_t visitors = 0;
    std::uint64_t bought = 0;
    double spent = 0;
};

// People who come with a key of their own and keep their cookie.
class Crowd {
public:
    explicit Crowd(const AbSite& site) : connection_(site.front()) {}

    // Visitor `key` comes; one of `a_buyer_in` of variant a and c buys, and twice as many of b.
    void come(int key, int a_buyer_in) {
        const HttpResponse answer = connection_.get("/?key=" + std::to_string(key));
        REQUIRE(answer.status == 200);
        const std::string variant = answer.headers.get("X-Variant");
        if (answer.headers.get("X-Reason") == "holdout") {
            CHECK(variant == "a");
            ++held_out;
            return;
        }
        cookies[variant] = answer.headers.cookie("teal_app");
        Tally& tally = tallies[variant];
        ++tally.visitors;
        if (tally.visitors %
                static_cast<std::uint64_t>(variant == "b" ? a_buyer_in / 2 : a_buyer_in) ==
            0) {
            const int amount = 10 + key % 7;
            for (int again = 0; again < 2; ++again) {  // who reloads the page bought once
                const HttpResponse bought = connection_.get(
                    "/buy?key=" + std::to_string(key) + "&amount=" + std::to_string(amount),
                    {{"Cookie", cookies[variant]}});
                REQUIRE(bought.status == 200);
                if (again == 0) {
                    cookies[variant] = bought.headers.cookie("teal_app");
                }
            }
            ++tally.bought;
            tally.spent += amount;
        }
    }
    HttpResponse get(const std::string& target, const Fields& fields = {}) {
        return connection_.get(target, fields);
    }

    std::map<std::string, Tally> tallies;
    std::map<std::string, std::string> cookies;  // of somebody who has the variant
    int held_out = 0;

private:
    HttpConnection connection_;
};

void check_numbers(const Json& report, const std::map<std::string, Tally>& tallies) {
    for (const Json& variant : report.at("goals").at(0).at("variants")) {
        const Tally& tally = tallies.at(variant.at("variant"));
        INFO(variant.dump());
        CHECK(variant.at("visitors") == tally.visitors);
        CHECK(variant.at("conversions") == tally.bought);
        CHECK(variant.at("value_sum").get<double>() == Catch::Approx(tally.spent));
    }
}

}  // namespace

TEST_CASE("an A/B/C test: real visitors, right numbers, a winner, and everyone moved to it") {
    AbSite site;
    {
        // Of an earlier time: mixed anew, and not counted.
        Crowd before(site);
        before.get("/?key=early");
    }
    const std::string started = site.must({"ab", "start", "price", "--split", "app", "--weights",
                                           "a=40,b=30,c=30", "--effect", "50"});
    CHECK_THAT(started, ContainsSubstring("applied by 2 of 2 workers"));
    CHECK(site.teal({"ab", "report", "price"}).exit_code == 9);

    Crowd crowd(site);
    for (int key = 0; key < 3000; ++key) {
        crowd.come(key, 10);
    }
    CHECK(crowd.held_out > 200);
    const Json report = site.report();
    check_numbers(report, crowd.tallies);
    CHECK(report.at("verdict") == "winner");
    CHECK(report.at("winner") == "b");
    CHECK(report.at("sample_ratio").at("alarm") == false);

    // As after a reboot: the counters are gone, the record is not.
    REQUIRE(site.nginx->stop());
    std::filesystem::remove(std::filesystem::path(site.table).parent_path() / "counters");
    site.nginx->start();
    Crowd later(site);
    later.tallies = crowd.tallies;
    for (int key = 3000; key < 3300; ++key) {
        later.come(key, 10);
    }
    check_numbers(site.report(), later.tallies);

    LoadOptions load_options{.target = site.front(), .connections = 8};
    load_options.fields = {{"Cookie", later.cookies.at("a")}};
    load_options.rate = 400;
    Load load(load_options);
    load.start();
    load.wait_for_more(100, 10s);
    CHECK(load.count("a") > 0);
    const std::string stopped =
        site.must({"ab", "stop", "price", "--winner", "b", "--reason", "sells twice as much"});
    CHECK_THAT(stopped, ContainsSubstring("everyone to b"));
    const std::uint64_t of_a = load.count("a");
    load.wait_for_more(200, 10s);
    load.stop();
    CHECK(load.failed() == 0);
    CHECK(load.count("a") <= of_a + 8);  // what was under way
    CHECK(load.count("b") >= 190);
    for (const auto& [variant, cookie] : later.cookies) {
        CHECK(later.get("/", {{"Cookie", cookie}}).headers.get("X-Variant") == "b");
    }
    for (int key = 0; key < 200; ++key) {  // who was held out, too
        CHECK(later.get("/?key=" + std::to_string(key)).headers.get("X-Variant") == "b");
    }
    check_numbers(site.report(), later.tallies);
    CHECK_THAT(site.must({"ab", "list"}), ContainsSubstring("sells twice as much"));
    const std::string events =
        read_file(std::filesystem::path(site.table).parent_path() / "events.jsonl");
    CHECK_THAT(events, ContainsSubstring("experiment_started") &&
                           ContainsSubstring("price: everyone to b"));
}

TEST_CASE("a new experiment assigns visitors of the last one anew, whatever cookie they have") {
    AbSite site;
    site.must({"ab", "start", "price", "--split", "app"});
    Crowd crowd(site);
    for (int key = 0; key < 300; ++key) {
        crowd.come(key, 10);
    }
    site.must({"ab", "stop", "price", "--no-winner"});
    site.must({"ab", "start", "colour", "--split", "app"});
    std::map<std::string, int> moved;
    for (int key = 0; key < 300; ++key) {
        const HttpResponse answer =
            crowd.get("/?key=" + std::to_string(key), {{"Cookie", crowd.cookies.at("b")}});
        if (answer.headers.get("X-Reason") != "holdout") {
            ++moved[answer.headers.get("X-Variant")];
        }
    }
    CHECK(moved["a"] > 50);
    CHECK(moved["b"] > 50);
    CHECK(moved["c"] > 50);
}

TEST_CASE("what the agent has seen outlives a reboot, and it tells of the verdict") {
    AbSite site;
    site.must({"ab", "start", "price", "--split", "app", "--weights", "a=40,b=30,c=30", "--effect",
               "50"});
    Crowd crowd(site);
    for (int key = 0; key < 3000; ++key) {
        crowd.come(key, 10);
    }
    const RunResult looked = site.agent_looks();
    INFO(looked.out << looked.err);
    CHECK(looked.exit_code == 0);
    CHECK_THAT(looked.out, ContainsSubstring("experiment price (app): winner b"));

    REQUIRE(site.nginx->stop());
    std::filesystem::remove(std::filesystem::path(site.table).parent_path() / "counters");
    site.nginx->start();
    const Json report = site.report();
    check_numbers(report, crowd.tallies);
    CHECK(report.at("winner") == "b");
}
