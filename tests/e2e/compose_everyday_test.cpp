// The commands around a deployment, on a compose project behind a real nginx.
#include "tests/e2e/compose_project.hpp"

#include "tests/catch.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"

#include <sys/stat.h>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::ComposeProject;
using nlohmann::json;

namespace {

// The usual project (two webs, a worker, a shared db), deployed as blue.
struct ComposeSite {
    ComposeProject project;
    Workspace workspace{"site"};
    std::string table = (workspace.make_directory("run") / "table").string();
    std::uint16_t port = workspace.free_port();
    std::unique_ptr<NginxServer> nginx;

    ComposeSite() {
        project.write_usual("v1");
        project.write("teal.toml", "[nginx]\ntable = \"" + table + "\"\n");
        must({"init", "--split", "app", "--table", table});
        NginxOptions options;
        options.http = "teal_table " + table +
                       ";\nteal_split app { variant blue; variant green; default blue;\n"
                       "    key $remote_addr; pin $http_x_teal_variant; }\n"
                       "upstream app { teal app; }\nserver { listen 127.0.0.1:" +
                       std::to_string(port) + "; location / { proxy_pass http://app; } }\n";
        nginx = std::make_unique<NginxServer>(workspace, options);
        nginx->start();
        must({"upgrade", "perform", "--auto-switch", "--watch", "0.3", "--interval", "0.2"});
    }

    ProcessOptions process(std::vector<std::string> words) const {
        words.insert(words.begin(), TEAL_CLI_PATH);
        return {.argv = std::move(words), .directory = project.directory()};
    }
    RunResult teal(std::vector<std::string> words) const {
        return run(process(std::move(words)), std::chrono::minutes(3));
    }
    std::string must(std::vector<std::string> words) const {
        const RunResult result = teal(std::move(words));
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        return result.out;
    }
};

json named(const json& list, const std::string& key, const std::string& value) {
    for (const json& one : list) {
        if (one.at(key) == value) {
            return one;
        }
    }
    FAIL(value << " is not in " << list.dump());
    return {};
}

}  // namespace

TEST_CASE("health, urls, logs and status of a compose project", "[docker][everyday][compose]") {
    const ComposeSite site;
    const std::string health = site.must({"health", "check", "--detailed"});
    CHECK_THAT(health, ContainsSubstring("blue (serving): healthy"));
    CHECK_THAT(health, ContainsSubstring("web 2") && ContainsSubstring("db 1 (shared)"));
    CHECK_THAT(health, ContainsSubstring(":3000"));

    const json urls = json::parse(site.must({"urls", "--json"}));
    CHECK(urls.at("urls").at(0).at("url") == "http://127.0.0.1:" + std::to_string(site.port) + "/");
    CHECK(urls.at("endpoints").size() == 2);

    SECTION("logs by service, shared ones too, and followed across a restart") {
        const std::string logs = site.must({"logs", "web"});
        CHECK_THAT(logs, ContainsSubstring("serving v1"));
        CHECK(logs.starts_with("web-"));  // no escape sequences where there is no terminal
        CHECK(logs.find('\033') == std::string::npos);
        CHECK(site.teal({"logs", "db"}).exit_code == 0);
        const RunResult unknown = site.teal({"logs", "wbe"});
        CHECK(unknown.exit_code == 2);
        CHECK_THAT(unknown.err, ContainsSubstring("did you mean \"web\"?"));
        Process follower(site.process({"logs", "-f", "web"}));
        const auto lines = [&] {
            const std::string out = follower.out();
            std::size_t count = 0;
            for (std::size_t at = 0; (at = out.find("serving v1", at)) != std::string::npos; ++at) {
                ++count;
            }
            return count;
        };
        wait_until([&] { return lines() == 2; }, 30s, "both webs' lines");
        // Compose begins to look out for restarts some time after it has written what there was.
        wait_until(
            [&] {
                docker_output({"restart", "-t", "0", site.project.name() + "-blue-web-1"});
                return becomes_true([&] { return lines() >= 3; }, 5s);
            },
            40s, "the line of the restarted web");
        follower.signal(SIGINT);
        CHECK(follower.wait(20s));
    }
    SECTION("status asks docker twice, however much runs") {
        const std::filesystem::path calls = site.workspace.path("calls");
        const std::string real = run({"sh", "-c", "command -v docker"}).out;
        const std::filesystem::path stand_in = site.workspace.path("bin/docker");
        std::filesystem::create_directories(stand_in.parent_path());
        std::ofstream(stand_in) << "#!/bin/sh\necho \"$1\" >> '" << calls.string() << "'\nexec "
                                << real.substr(0, real.find('\n')) << " \"$@\"\n";
        REQUIRE(chmod(stand_in.c_str(), 0755) == 0);
        ProcessOptions options = site.process({"status", "--json"});
        options.env["PATH"] = stand_in.parent_path().string() + ":" + std::getenv("PATH");
        const RunResult result = run(options, 60s);
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        const json status = json::parse(result.out);
        CHECK(named(status.at("services"), "service", "web").at("running") == 2);
        CHECK(named(status.at("services"), "service", "db").at("shared") == true);
        CHECK(status.at("healthy") == true);
        CHECK(status.at("remarks").empty());
        CHECK(read_file(calls) == "ps\ninspect\n");
    }
    SECTION("what has ended is told by every command") {
        docker_output({"kill", site.project.name() + "-blue-web-2"});
        const json status = json::parse(site.must({"status", "--json"}));
        CHECK(status.at("healthy") == false);
        CHECK(named(status.at("services"), "service", "web").at("problem") ==
              "web 2: exited with 137");
        const RunResult health_now = site.teal({"health", "check"});
        CHECK(health_now.exit_code == 1);
        CHECK_THAT(health_now.out, ContainsSubstring("web 2: exited with 137"));
    }
}

TEST_CASE("one look at a compose stack finds what three looks find", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1");
    project.deploy(cli::Color::blue, "blue-1");
    project.running(cli::Color::blue);
    const auto ids = [](const std::vector<cli::Instance>& instances) {
        std::vector<std::string> found;
        for (const cli::Instance& instance : instances) {
            found.push_back(instance.name + " " + instance.id + " " + instance.address);
        }
        return found;
    };
    cli::Stack& one = project.open();
    const cli::StackInstances all = one.all_instances();
    CHECK(all.problem.empty());
    CHECK(all.green.empty());
    CHECK(all.blue.size() == 3);
    CHECK(all.shared.size() == 1);
    cli::Stack& three = project.open();
    CHECK(ids(all.blue) == ids(three.instances(cli::Color::blue)));
    CHECK(ids(all.shared) == ids(three.shared_instances()));
}
