// A rolling update that is killed at random moments: no request fails, and `--continue` brings all
// of it to the new version, whatever was half done. TEAL_KILLS in the environment: how often.
// The compose shop's takes minutes and is run by hand: teal_e2e_tests "[kills]".
#include "tests/catch.hpp"
#include "tests/e2e/kills.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/e2e/rolling_shop.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/process_table.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

// What the programs of the color that serves are called, sorted: "api-v1 web-v1 web-v1".
std::string names_that_run(const ProcfileSite& site) {
    std::vector<std::string> names;
    for (const pid_t pid : site.processes("blue")) {
        const std::string title = process_title(pid);
        const std::size_t at = title.find("--name ");
        if (title.rfind(TEAL_DEMO_APP_PATH, 0) == 0 && at != std::string::npos) {
            const std::size_t from = at + 7;
            names.push_back(title.substr(from, title.find(' ', from) - from));
        }
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names) {
        text += text.empty() ? name : " " + name;
    }
    return text;
}

// Runs it and kills it at that moment. True when it still ran.
bool is_killed(const ProcessOptions& options, std::chrono::milliseconds moment) {
    Process victim(options);
    if (victim.wait(moment)) {
        return false;
    }
    victim.signal(SIGKILL);
    REQUIRE(victim.wait(10s));
    return true;
}

// What the history says of a run that was carried on: how it ended, and how it went on.
template <typename Site>
void check_history(const Site& site) {
    const json history = json::parse(site.must({"upgrade", "history", "--json"})).at("history");
    INFO(history.dump(1));
    REQUIRE(history.size() > 1);
    const json& ended = history.at(history.size() - 2);
    CHECK(ended["operation"] == "rolling");
    CHECK(ended["outcome"] == "interrupted");
    CHECK(history.back()["operation"] == "rolling");
    CHECK(history.back()["outcome"] == "rolled");
}

}  // namespace

TEST_CASE("a rolling update killed at any moment is carried on, and no request fails",
          "[deployment]") {
    const int kills = e2e::wanted_kills(3);
    ProcfileSite site;
    site.must({"upgrade", "perform", "--auto-switch"});
    REQUIRE(names_that_run(site) == "api-v1 web-v1");
    auto load = site.start_load("/", 200);
    auto api = site.start_load("/api/", 200);
    const std::vector<std::string> roll{"upgrade", "rolling", "--watch", "0.1"};
    std::vector<std::string> carry_on = roll;
    carry_on.push_back("--continue");
    site.write_version("whole");
    const auto begun = std::chrono::steady_clock::now();
    site.must(roll);
    const auto whole = std::chrono::steady_clock::now() - begun;
    std::uniform_real_distribution<double> moment_ms(
        0, std::chrono::duration<double, std::milli>(whole).count());
    std::mt19937 random(20261130);
    std::string before = "whole";
    int killed = 0;
    int half_done = 0;
    for (int i = 0; i < kills; ++i) {
        const std::string next = "k" + std::to_string(i);
        site.write_version(next);
        const auto delay = std::chrono::milliseconds(static_cast<long>(moment_ms(random)));
        killed += is_killed(site.process(roll), delay) ? 1 : 0;
        INFO("kill " << i << " after " << delay.count() << " ms");
        for (const std::string& served : {site.served(), site.served("/api/")}) {
            const std::string version = served.substr(served.find('-') + 1);
            CHECK((version == before || version == next));
        }
        const std::string status = site.must({"upgrade", "status"});
        INFO(status);
        const bool interrupted = status.find("interrupted") != std::string::npos;
        const RunResult on = site.teal(carry_on);
        INFO(on.out << on.err);
        if (on.exit_code == 5) {  // nothing had been touched, or all was done
            CHECK_THAT(on.err, ContainsSubstring("there is no rolling update to carry on"));
            site.must(roll);
        } else {
            REQUIRE(on.exit_code == 0);
            CHECK(interrupted);
            ++half_done;
        }
        CHECK(site.served() == "web-" + next);
        CHECK(site.served("/api/") == "api-" + next);
        CHECK(names_that_run(site) == "api-" + next + " web-" + next);
        CHECK_THAT(site.must({"upgrade", "status"}), !ContainsSubstring("interrupted"));
        CHECK_FALSE(fs::exists(site.deployments / "operation.json"));
        table::TableImage image;  // nothing is left of the test through the idle color
        REQUIRE(fixtures::open_and_read(site.table, image) == table::Health::ok);
        CHECK(image.find("app")->find("green")->endpoints.empty());
        CHECK(image.find("api")->find("green")->endpoints.empty());
        if (on.exit_code == 0) {
            check_history(site);
        }
        const json serves = json::parse(site.must({"upgrade", "status", "--json"})).at("blue");
        CHECK_THAT(read_file(site.deployments / serves["snapshot"].get<std::string>() / ".env"),
                   ContainsSubstring("VERSION=" + next));
        before = next;
    }
    load->wait_for_more(50, 20s);
    load->stop();
    api->stop();
    INFO(killed << " killed, " << half_done << " carried on");
    INFO(load->results().summary() << "\n" << api->results().summary());
    CHECK(killed > kills / 2);
    CHECK(half_done > kills / 4);
    CHECK(load->results().failed() == 0);
    CHECK(api->results().failed() == 0);
    std::printf(
        "rolling kill loop: %d killed, %d carried on, %llu requests, %llu failed\n", killed,
        half_done,
        static_cast<unsigned long long>(load->results().total() + api->results().total()),
        static_cast<unsigned long long>(load->results().failed() + api->results().failed()));
}

TEST_CASE("a rolling update of the shop killed at any moment is carried on", "[.][docker][kills]") {
    const int kills = e2e::wanted_kills(4);
    e2e::RollingShop shop;
    const std::vector<std::string> roll{"upgrade", "rolling", "--watch", "0.2"};
    const auto change = [&](const std::string& version, int database) {
        shop.site.put_shop(version);
        shop.site.replace(
            "Dockerfile", "CMD [\"/serve-postgres\"]",
            "ENV REPLACED=" + std::to_string(database) + "\nCMD [\"/serve-postgres\"]");
    };
    change("whole", 0);
    const auto begun = std::chrono::steady_clock::now();
    shop.must_roll();
    const auto whole = std::chrono::steady_clock::now() - begun;
    std::uniform_real_distribution<double> moment_ms(
        0, std::chrono::duration<double, std::milli>(whole).count());
    std::mt19937 random(20261130);
    int killed = 0;
    int half_done = 0;
    for (int i = 0; i < kills; ++i) {
        const std::string next = "k" + std::to_string(i);
        change(next, 1 + i / 2);  // every other time the database is replaced, too
        const auto delay = std::chrono::milliseconds(static_cast<long>(moment_ms(random)));
        killed += is_killed(shop.site.process(roll), delay) ? 1 : 0;
        const std::string status = shop.site.must({"upgrade", "status"});
        INFO("kill " << i << " after " << delay.count() << " ms\n" << status);
        const RunResult on = shop.roll({"--continue"});
        INFO(on.out << on.err);
        if (on.exit_code == 5) {
            shop.must_roll();
        } else {
            REQUIRE(on.exit_code == 0);
            CHECK_THAT(status, ContainsSubstring("interrupted"));
            check_history(shop.site);
            ++half_done;
        }
        shop.check_serves(next);
        shop.check_no_failure();
        CHECK(shop.record().at("held").empty());
        CHECK_THAT(shop.must_roll().out, ContainsSubstring("nothing was changed"));
        std::printf("kill %d of %d after %lld ms: %s\n", i + 1, kills,
                    static_cast<long long>(delay.count()),
                    on.exit_code == 5 ? "nothing was half done" : "carried on");
        std::fflush(stdout);
    }
    CHECK(killed > kills / 2);
    CHECK(half_done > kills / 4);
    CHECK(shop.failed_attempts() == 0);
}
