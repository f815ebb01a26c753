// nginx in a container: the image of docker/, started by docker/compose.yaml, with the host's
// `teal` and the container's nginx meeting in the table's directory.
#include "tests/e2e/nginx_container.hpp"
#include "tests/catch.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using teal::e2e::NginxContainer;

namespace {

// Process ids of the workers that accept, with their users.
std::set<std::string> workers(const NginxContainer& nginx) {
    std::set<std::string> found;
    std::istringstream lines(nginx.processes());
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string pid;
        std::string user;
        if (line.find("worker process") != std::string::npos &&
            line.find("shutting down") == std::string::npos && words >> pid >> user) {
            found.insert(pid + " of " + user);
        }
    }
    return found;
}

void must(const RunResult& result) {
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
}

std::string served(const NginxContainer& nginx) {
    return http_get(Endpoint::loopback(nginx.port()), "/").headers.get("X-Served-By");
}

std::string logs_of(const NginxContainer& nginx) {
    const RunResult result = docker({"logs", nginx.name()});
    return result.out + result.err;
}

}  // namespace

TEST_CASE("nginx in a container: the host moves its traffic, and it behaves as nginx does",
          "[docker][container]") {
    NginxContainer nginx;
    INFO(logs_of(nginx));
    wait_until([&] { return nginx.health() == "healthy"; }, 60s, "the container to be healthy");

    // Workers are nobody's who could do harm.
    const std::set<std::string> before = workers(nginx);
    REQUIRE_FALSE(before.empty());
    for (const std::string& worker : before) {
        CHECK_THAT(worker, ContainsSubstring(" of 33"));  // Debian's www-data
    }

    must(nginx.teal({"traffic", "endpoints", "app", "blue", "set", nginx.start_service("blue")}));
    must(nginx.teal({"traffic", "endpoints", "app", "green", "set", nginx.start_service("green")}));
    wait_until([&] { return served(nginx) == "blue"; }, 30s, "blue to answer through nginx");

    LoadOptions options{.target = Endpoint::loopback(nginx.port()),
                        .connections = 4,
                        .rate = 100,
                        .longest = 2min,
                        .idle_cut_fails = false,
                        .sends_again = true};
    Load load(options);
    load.start();
    load.wait_for_more(20, 20s);

    // The host's teal, on the shared directory; applied by workers of another pid namespace.
    const RunResult moved = nginx.teal({"traffic", "set", "app", "green=100", "--json"});
    must(moved);
    CHECK(nlohmann::json::parse(moved.out)["applied"] == true);
    CHECK(served(nginx) == "green");
    load.wait_for_more(20, 20s);

    // The guide's commands.
    must(nginx.inside({"nginx", "-s", "reload"}));
    wait_until(
        [&] {
            const std::set<std::string> now = workers(nginx);
            return !now.empty() && std::none_of(now.begin(), now.end(), [&](const auto& worker) {
                return before.contains(worker);
            });
        },
        30s, "new workers after the reload");
    CHECK(served(nginx) == "green");
    CHECK_THAT(logs_of(nginx), ContainsSubstring("\"GET / HTTP/1.1\" 200 green (only)") &&
                                   ContainsSubstring("reconfiguring"));

    // Who is not root in the container may move traffic, and the host sees it.
    must(nginx.inside({"teal", "traffic", "set", "app", "blue=100"}, "teal"));
    CHECK(served(nginx) == "blue");
    load.wait_for_more(20, 20s);
    load.stop();
    INFO(load.results().summary());
    CHECK(load.results().failed() == 0);
    CHECK(load.results().count("green") > 0);

    const RunResult doctor = nginx.teal({"doctor", "-C", "/"});
    INFO(doctor.out << doctor.err);
    CHECK(doctor.exit_code == 0);
    const RunResult inner = nginx.inside({"teal", "doctor"});
    INFO(inner.out << inner.err);
    CHECK(inner.exit_code == 0);
    CHECK_THAT(inner.out, ContainsSubstring("built for") && ContainsSubstring("workers"));
    CHECK(nginx.health() == "healthy");
}

TEST_CASE("the container's health check fails when nginx does not answer it",
          "[docker][container]") {
    const std::string name = "tealnginx-unhealthy-" + std::to_string(getpid());
    struct Removal {
        std::string name;
        ~Removal() { docker({"rm", "-f", "-v", name}); }
    } const removal{name};
    docker_output({"run", "-d", "--name", name, "--network", "none", "--tmpfs", "/run/teal", "-e",
                   "TEAL_HEALTH_URL=http://127.0.0.1:8099/nothing-here", "--health-interval", "1s",
                   "--health-start-period", "0s", "--health-retries", "1",
                   teal::e2e::nginx_image()});
    wait_until(
        [&] {
            return docker_output({"inspect", "--format", "{{.State.Health.Status}}", name}) ==
                   "unhealthy";
        },
        60s, "the container to be unhealthy");
}
