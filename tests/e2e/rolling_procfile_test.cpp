// Rolling updates of a Procfile project under load: each process's new instance has its own port
// beside the old one.
#include "tests/e2e/procfile_site.hpp"

#include "tests/catch.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;

namespace {

void check_serves(const ProcfileSite& site, const std::string& version) {
    CHECK(site.served() == "web-" + version);
    CHECK(site.served("/api/") == "api-" + version);
    CHECK(site.active() == "blue");
    const auto json = nlohmann::json::parse(site.must({"upgrade", "status", "--json"}));
    for (const auto& instance : json.at("blue").at("instances")) {
        INFO(instance.dump());
        CHECK(instance.at("state") == "running");
    }
}

// Of a file in the snapshot of the rolling update that is under way.
void forget_digest(const ProcfileSite& site, const std::string& file) {
    const auto run = nlohmann::json::parse(read_file(site.deployments / "rolling.json"));
    const auto path = site.deployments / run.at("snapshot").get<std::string>() / "metadata.json";
    auto metadata = nlohmann::json::parse(read_file(path));
    REQUIRE(metadata.at("files").erase(file) == 1);
    std::ofstream(path) << metadata.dump();
}

}  // namespace

TEST_CASE("processes of a Procfile are updated one after the other, and no request fails",
          "[deployment]") {
    ProcfileSite site;
    const RunResult first = site.perform();
    INFO(first.out << first.err);
    REQUIRE(first.exit_code == 0);
    const auto instances = [&] {
        return nlohmann::json::parse(site.must({"upgrade", "status", "--json"}))
            .at("blue")
            .at("instances")
            .size();
    };
    const std::size_t count = instances();
    auto load = site.start_load();
    auto api = site.start_load("/api/");
    for (const char* version : {"v2", "v3"}) {
        site.write_version(version);
        const RunResult result = site.teal({"upgrade", "rolling", "--watch", "0.2"});
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        CHECK_THAT(result.out,
                   ContainsSubstring("web: Updating...") && ContainsSubstring("blue is updated"));
        check_serves(site, version);
        CHECK(instances() == count);
    }
    const RunResult back = site.teal({"upgrade", "rollback"});
    INFO(back.out << back.err);
    CHECK(back.exit_code == 0);
    check_serves(site, "v2");

    // Killed in the middle: two of web run, and the next command makes one of them.
    site.write_version("v4");
    Process command(site.process({"upgrade", "rolling", "--watch", "5"}));
    wait_until([&] { return instances() > count; }, 20s, "a second process");
    command.signal(SIGKILL);
    CHECK(command.wait(10s));
    CHECK_THAT(site.must({"upgrade", "status"}), ContainsSubstring("interrupted at"));
    forget_digest(site, "stack.json");  // as when it is killed while it replaces that file
    const RunResult on = site.teal({"upgrade", "rolling", "--continue", "--watch", "0.2"});
    INFO(on.out << on.err);
    CHECK(on.exit_code == 0);
    check_serves(site, "v4");
    CHECK(instances() == count);
    load->wait_for_more(50, 20s);
    load->stop();
    api->stop();
    INFO(load->results().summary() << "\n" << api->results().summary());
    CHECK(load->results().failed() == 0);
    CHECK(api->results().failed() == 0);

    // An ordinary deployment afterwards.
    site.write_version("v5");
    const RunResult next = site.perform();
    INFO(next.out << next.err);
    CHECK(next.exit_code == 0);
    CHECK(site.served() == "web-v5");
    CHECK(site.active() == "green");
}
