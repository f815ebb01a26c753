// Commands that are killed at random moments: what served goes on serving, the next command says
// what is, and carries on. TEAL_KILLS in the environment: how often (make test does it some times).
#include "tests/catch.hpp"
#include "tests/e2e/kills.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/harness/process.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using e2e::ProcfileSite;

namespace fs = std::filesystem;

TEST_CASE("killed at any moment, the next command says what is and carries on", "[deployment]") {
    const int kills = e2e::wanted_kills(25);
    ProcfileSite site;
    site.must({"upgrade", "perform", "--auto-switch"});
    auto load = site.start_load("/", 200);
    auto api = site.start_load("/api/", 200);
    std::mt19937 random(20261124);
    const auto begun = std::chrono::steady_clock::now();
    site.write_version("whole");
    REQUIRE(site.perform({"--auto-cleanup"}).exit_code == 0);
    const auto whole = std::chrono::steady_clock::now() - begun;
    std::uniform_real_distribution<double> moment_ms(
        0, std::chrono::duration<double, std::milli>(whole).count());
    std::string serving = "whole";
    int killed = 0;
    int after_switch = 0;
    for (int i = 0; i < kills; ++i) {
        const std::string next = "k" + std::to_string(i);
        site.write_version(next);
        const auto delay = std::chrono::milliseconds(static_cast<long>(moment_ms(random)));
        {
            Process victim(site.process({"upgrade", "perform", "--auto-switch", "--auto-cleanup"}));
            if (!victim.wait(delay)) {
                victim.signal(SIGKILL);
                REQUIRE(victim.wait(10s));
                ++killed;
            }
        }
        const std::string served = site.served();
        const bool switched = served == "web-" + next;
        after_switch += switched ? 1 : 0;
        INFO("kill " << i << " after " << delay.count() << " ms, " << served);
        REQUIRE((switched || served == "web-" + serving));
        CHECK(site.served("/api/") == "api-" + served.substr(4));
        // Status tells the truth at once, the next deployment completes.
        const std::string status = site.must({"upgrade", "status"});
        const std::string interrupted = status.find("interrupted") == std::string::npos
                                            ? ""
                                            : status.substr(status.find("teal upgrade perform of"));
        INFO(status);
        if (!interrupted.empty()) {
            CHECK((interrupted.find("serves; the deployment is recorded") != std::string::npos) ==
                  switched);
        }
        site.write_version(next + "b");
        const RunResult result = site.perform();
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        serving = next + "b";
        REQUIRE(site.served() == "web-" + serving);
        CHECK_FALSE(fs::exists(site.deployments / "operation.json"));
    }
    load->stop();
    api->stop();
    INFO(killed << " killed, " << after_switch << " of " << kills << " after the switch");
    INFO(load->results().summary() << "\n" << api->results().summary());
    CHECK(killed > kills / 2);
    CHECK(load->results().failed() == 0);
    CHECK(api->results().failed() == 0);
    std::printf(
        "kill loop: %d killed, %d had switched, %llu requests, 0 wanted to fail, %llu did\n",
        killed, after_switch,
        static_cast<unsigned long long>(load->results().total() + api->results().total()),
        static_cast<unsigned long long>(load->results().failed() + api->results().failed()));
}

TEST_CASE("switch, rollback and cleanup killed at any moment leave one version or the other",
          "[deployment]") {
    const int kills = e2e::wanted_kills(24);
    ProcfileSite site;
    site.must({"upgrade", "perform", "--auto-switch"});
    site.write_version("v2");
    REQUIRE(site.perform().exit_code == 0);
    auto load = site.start_load("/", 200);
    std::mt19937 random(20261125);
    std::uniform_int_distribution<int> moment_us(0, 35'000);
    int killed = 0;
    for (int i = 0; i < kills; ++i) {
        const std::string active = site.active();
        const std::string standby = active == "blue" ? "green" : "blue";
        const std::vector<std::vector<std::string>> commands{{"upgrade", "rollback"},
                                                             {"upgrade", "switch", standby},
                                                             {"upgrade", "cleanup", standby}};
        const auto& words = commands[static_cast<std::size_t>(i) % commands.size()];
        const int delay = moment_us(random);
        {
            Process victim(site.process(words));
            // The moment of the kill is what is varied here, not something that is waited for.
            std::this_thread::sleep_for(std::chrono::microseconds(delay));
            if (victim.running()) {
                victim.signal(SIGKILL);
                ++killed;
            }
            REQUIRE(victim.wait(10s));
        }
        INFO("kill " << i << ": " << words[1] << " after " << delay << " us");
        const std::string served = site.served();
        REQUIRE((served == "web-v1" || served == "web-v2"));
        CHECK(site.served("/api/") == "api-" + served.substr(4));
        CHECK((site.active() == "blue") == (served == "web-v1"));
        // Whatever was left half-way: the other version comes back, and the records follow.
        const RunResult back = site.teal({"upgrade", "rollback"});
        INFO(back.out << back.err);
        REQUIRE(back.exit_code == 0);
        CHECK(site.served() == (served == "web-v1" ? "web-v2" : "web-v1"));
        CHECK(read_file(site.deployments / "active") == site.active() + "\n");
        CHECK_FALSE(fs::exists(site.deployments / "operation.json"));
    }
    load->stop();
    INFO(killed << " killed; " << load->results().summary());
    CHECK(killed > kills / 3);
    CHECK(load->results().failed() == 0);
}
