// Rolling updates of a Procfile project under load: each process's new instance has its own port
// beside the old one.
#include "tests/e2e/procfile_site.hpp"

#include "tests/catch.hpp"
#include "tests/fixtures/sample_table.hpp"
#include "tests/harness/wait.hpp"

#include <algorithm>
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

std::size_t serving_instances(const ProcfileSite& site) {
    table::TableImage image;
    REQUIRE(fixtures::open_and_read(site.table, image) == table::Health::ok);
    return image.find("app")->find("blue")->endpoints.size();
}

// The fewest and the most that had traffic at any moment of a rolling update, and what it said.
struct WatchedRoll {
    WatchedRoll(const ProcfileSite& site, std::vector<std::string> more) {
        std::vector<std::string> words{"upgrade", "rolling", "--watch", "0.1"};
        words.insert(words.end(), more.begin(), more.end());
        Process command(site.process(words));
        do {
            const std::size_t now = serving_instances(site);
            fewest = std::min(fewest, now);
            most = std::max(most, now);
        } while (!command.wait(1ms));
        exit_code = command.exit_code();
        said = command.out() + command.err();
    }
    // How often it waited for new instances of `web`.
    int starts() const {
        const std::size_t end = said.find("web: updated");
        int count = 0;
        for (std::size_t at = said.find("wait for health check"); at < end;
             at = said.find("wait for health check", at + 1)) {
            ++count;
        }
        return count;
    }

    std::size_t fewest = ~std::size_t{0};
    std::size_t most = 0;
    int exit_code = -1;
    std::string said;
};

}  // namespace

TEST_CASE("replicas are updated so many at a time, and as many serve at every moment",
          "[deployment]") {
    ProcfileSite site;
    std::string settings = read_file(site.project / "teal.toml");
    settings.replace(settings.find("[services.web]\n"), 15, "[services.web]\nreplicas = 4\n");
    std::ofstream(site.project / "teal.toml") << settings;
    site.must({"upgrade", "perform", "--auto-switch"});
    REQUIRE(serving_instances(site) == 4);
    auto load = site.start_load();

    site.write_version("v2");
    const WatchedRoll three(site, {"--batch", "3"});
    INFO(three.said);
    REQUIRE(three.exit_code == 0);
    CHECK(three.fewest == 4);
    CHECK(three.most == 7);
    CHECK(three.starts() == 2);  // three, then the last one
    check_serves(site, "v2");
    CHECK(serving_instances(site) == 4);

    // A version that fails goes as it came, all of the batch.
    site.write_version("v3", "--no-such-option");
    const WatchedRoll bad(site, {"--batch", "2", "--timeout", "1"});
    INFO(bad.said);
    CHECK(bad.exit_code == 3);
    CHECK(bad.fewest == 4);
    CHECK(bad.most == 4);
    CHECK(site.served() == "web-v2");
    CHECK(serving_instances(site) == 4);
    CHECK(site.processes("blue").size() == 2 * 5);  // each with its supervisor: web and api

    site.write_version("v4");
    const WatchedRoll all(site, {"--batch", "10"});
    INFO(all.said);
    CHECK(all.exit_code == 0);
    CHECK(all.fewest == 4);
    CHECK(all.most == 8);
    CHECK(all.starts() == 1);
    check_serves(site, "v4");
    load->wait_for_more(50, 20s);
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);
}

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
