// What a deployment depends on goes away in the middle of it: the registry, the docker engine.
#include "tests/catch.hpp"
#include "tests/e2e/private_engine.hpp"
#include "tests/e2e/small_stack.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/docker_project.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

// Debian's docker-registry on loopback, with a directory of its own.
class Registry {
public:
    Registry() {
        workspace_.write("config.yml",
                         "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: " +
                             workspace_.path("data").string() + "\nhttp:\n  addr: " + address() +
                             "\n");
        start();
    }
    void start() {
        server_ = std::make_unique<Process>(ProcessOptions{
            .argv = {"docker-registry", "serve", workspace_.path("config.yml").string()}});
        wait_until([&] { return http_get(Endpoint::loopback(port_), "/v2/").status == 200; }, 20s,
                   "the registry to answer");
    }
    void kill() {
        server_->signal(SIGKILL);
        server_->wait(10s);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    // The base image under another name, told apart by its environment.
    void push(const std::string& image, const std::string& built) {
        workspace_.write("image/Dockerfile",
                         "FROM " + std::string(kBaseImage) + "\nENV BUILT=" + built + "\n");
        docker_output({"build", "--tag", image, workspace_.path("image").string()});
        docker_output({"push", image});
    }

private:
    Workspace workspace_{"registry"};
    std::uint16_t port_ = workspace_.free_port();
    std::unique_ptr<Process> server_{};
};

void deploy_first(const ComposeSite& site, const std::vector<std::string>& more = {}) {
    const RunResult result = site.perform(more);
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
    REQUIRE(site.served() == "web-1");
}

}  // namespace

TEST_CASE("a registry that is down fails the deployment that asks it, and nothing else",
          "[docker]") {
    Registry registry;
    ComposeSite site;
    const std::string image = registry.address() + "/" + site.name + "/web:stable";
    const auto forget = [&] { docker({"image", "rm", "--force", image}); };
    registry.push(image, "once");
    forget();
    e2e::put_small_stack(site, "1", image);
    deploy_first(site);  // pulled: it is not here
    registry.push(image, "twice");
    auto load = site.start_load("/", 50, 4);

    registry.kill();
    e2e::put_small_stack(site, "2", image);
    // The other service's image is in no registry, so it must not be asked for.
    site.replace("compose.yaml", "image: debian:bookworm-slim",
                 "image: debian:bookworm-slim\n    pull_policy: never");
    const RunResult result = site.perform({"--pull"});
    INFO(result.out << result.err);
    CHECK(result.exit_code == 3);
    CHECK_THAT(result.err, ContainsSubstring("phase images"));
    CHECK_THAT(result.err, ContainsSubstring(image) && ContainsSubstring("connection refused"));
    CHECK(containers_of(site.name + "-green").empty());
    load->wait_for_more(20, 20s);
    CHECK(site.served() == "web-1");
    CHECK(site.active() == "blue");

    registry.start();
    const RunResult again = site.perform({"--pull"});
    INFO(again.out << again.err);
    CHECK(again.exit_code == 0);
    CHECK(site.served() == "web-2");
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);
    const auto built = [&](const std::string& color) {
        return docker_output({"exec", site.name + "-" + color + "-web-1", "printenv", "BUILT"});
    };
    CHECK(built("blue") == "once");
    CHECK(built("green") == "twice");
    forget();
}

TEST_CASE("a docker engine that dies in a deployment takes nothing with it that serves",
          "[docker]") {
    e2e::PrivateEngine engine;
    ComposeSite site({.docker_host = engine.host()});
    e2e::put_small_stack(site, "1");
    deploy_first(site);
    auto load = site.start_load("/", 50, 4);
    const auto wait_for_phase = [&](const char* phase) {
        wait_until(
            [&] {
                const std::string operation = read_file(site.deployments / "operation.json");
                return operation.find(std::string("\"phase\": \"") + phase) != std::string::npos;
            },
            60s, std::string("phase ") + phase);
    };

    // While it makes the containers: the deployment fails.
    e2e::put_small_stack(site, "2");
    Process deployment(site.process({"upgrade", "perform", "--auto-switch"}));
    wait_for_phase("standby");
    engine.kill();
    REQUIRE(deployment.wait(60s));
    INFO(deployment.out() << deployment.err());
    CHECK(deployment.exit_code() == 3);
    CHECK_THAT(deployment.err(), ContainsSubstring("docker does not run"));
    load->wait_for_more(20, 20s);
    CHECK(site.served() == "web-1");
    // What serves is known without an engine.
    const std::string status = site.must({"upgrade", "status"});
    CHECK_THAT(status, ContainsSubstring("blue") && ContainsSubstring("docker does not run"));
    engine.start();

    // While it is asked for the health of containers: the deployment waits for it, and goes on.
    e2e::put_small_stack(site, "3");
    site.write("server.pl", "sleep 4;\n" + site.read("server.pl"));
    Process patient(site.process({"upgrade", "perform", "--auto-switch"}));
    wait_for_phase("health");
    engine.kill();
    wait_until([&] { return patient.err().find("docker does not run") != std::string::npos; }, 20s,
               "the deployment to miss the engine");
    engine.start();
    REQUIRE(patient.wait(60s));
    INFO(patient.out() << patient.err());
    CHECK(patient.exit_code() == 0);
    CHECK(site.served() == "web-3");
    CHECK(site.served("/api/") == "api-3");
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);
}
