// `teal doctor` and `teal init` on real ones: nginx, docker, compose.
#include "tests/catch.hpp"
#include "tests/e2e/compose_project.hpp"
#include "tests/e2e/procfile_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/nginx_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using teal::e2e::ComposeProject;
using teal::e2e::ProcfileSite;

namespace {

// A line for each finding: "problem nginx: … -> next step".
std::string findings_of(const RunResult& result) {
    std::string text;
    const json answer = json::parse(result.out);
    for (const json& finding : answer["findings"]) {
        text += finding["severity"].get<std::string>() + " " +
                finding["subject"].get<std::string>() + ": " + finding["text"].get<std::string>();
        text += finding["next_step"].is_null()
                    ? "\n"
                    : " -> " + finding["next_step"].get<std::string>() + "\n";
    }
    return text;
}

RunResult doctor_in(const ComposeProject& project, const Workspace& workspace,
                    std::map<std::string, std::string> environment = {}) {
    ProcessOptions options;
    options.argv = {TEAL_CLI_PATH,
                    "doctor",
                    "--json",
                    "-C",
                    project.directory().string(),
                    "--table",
                    workspace.path("table").string()};
    options.env = std::move(environment);
    return run(options, 60s);
}

}  // namespace

TEST_CASE("doctor finds a deployed Procfile project in order, then an nginx without the module",
          "[doctor]") {
    ProcfileSite site;
    const RunResult begun = site.teal({"doctor", "--json"});
    INFO(begun.out << begun.err);
    CHECK(begun.exit_code == 0);
    CHECK_THAT(findings_of(begun), ContainsSubstring("warning split app: no variant has an "
                                                     "endpoint yet"));
    REQUIRE(site.perform().exit_code == 0);
    const RunResult healthy = site.teal({"doctor", "--json"});
    INFO(healthy.out << healthy.err);
    CHECK(healthy.exit_code == 0);
    const std::string found = findings_of(healthy);
    CHECK_THAT(found, ContainsSubstring("ok deployments: blue serves") &&
                          ContainsSubstring("ok snapshots: 1,") &&
                          ContainsSubstring("ok entry web: split app") &&
                          ContainsSubstring("ok entry api: split api") &&
                          ContainsSubstring("ok workers: 2 live") &&
                          !ContainsSubstring("problem "));
    CHECK(findings_of(site.teal({"doctor", "--json", "--nginx-module", TEAL_MODULE_PATH}))
              .find("ok module: ") != std::string::npos);

    site.nginx->stop();
    NginxOptions options;
    options.load_module = false;
    options.directory = "plain";
    NginxServer plain(site.workspace, options);
    plain.start();
    const RunResult broken = site.teal({"doctor", "--json"});
    INFO(broken.out << broken.err);
    CHECK(broken.exit_code == 1);
    CHECK_THAT(findings_of(broken),
               ContainsSubstring("problem nginx: nginx without the module is running: pid ") &&
                   ContainsSubstring("load_module modules/ngx_http_teal_module.so") &&
                   ContainsSubstring("problem workers: no live nginx worker"));
}

TEST_CASE("doctor names what is wrong around a compose project", "[docker][doctor][compose]") {
    ComposeProject project;
    Workspace workspace("doctor");
    const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const std::uint16_t port = workspace.free_port();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    REQUIRE(::bind(taken, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(taken, 1) == 0);
    project.write("compose.yaml",
                  "name: NAME\nservices:\n"
                  "  web:\n    image: debian:bookworm-slim\n"
                  "    labels: {teal.entry: \"3000\"}\n"
                  "    ports: [\"127.0.0.1:" +
                      std::to_string(port) + ":3000\"]\n");
    const std::string found = findings_of(doctor_in(project, workspace));
    INFO(found);
    CHECK_THAT(found, ContainsSubstring("ok docker: engine ") &&
                          ContainsSubstring("ok compose: docker compose ") &&
                          ContainsSubstring("ok project: " + project.name()) &&
                          ContainsSubstring("warning port " + std::to_string(port) + ": ") &&
                          ContainsSubstring("(pid " + std::to_string(getpid()) + ")"));
    ::close(taken);
    CHECK_THAT(findings_of(doctor_in(project, workspace)),
               ContainsSubstring("ok ports: " + std::to_string(port)));

    // No engine, and no docker command at all.
    const RunResult no_engine = doctor_in(
        project, workspace, {{"DOCKER_HOST", "unix://" + workspace.path("none.sock").string()}});
    CHECK(no_engine.exit_code == 1);
    CHECK_THAT(findings_of(no_engine), ContainsSubstring("problem docker: ") &&
                                           ContainsSubstring("DOCKER_HOST is \"unix://"));
    const RunResult no_docker =
        doctor_in(project, workspace, {{"PATH", workspace.root().string()}});
    CHECK(no_docker.exit_code == 1);
    CHECK_THAT(findings_of(no_docker), ContainsSubstring("problem docker: there is no docker"));

    project.write("compose.yaml", "services: [\n");
    const RunResult invalid = doctor_in(project, workspace);
    CHECK(invalid.exit_code == 1);
    CHECK_THAT(findings_of(invalid), ContainsSubstring("problem project: docker compose cannot "
                                                       "read the project: yaml"));
}

TEST_CASE("the labels that init proposes are what a deployment needs", "[init][compose]") {
    Workspace workspace("init");
    const std::string directory = workspace.make_directory("my shop").string();
    const std::string text =
        "name: shop\nservices:\n"
        "  front-end:\n    image: shop:1\n    ports: [\"8080:3000\"]\n"
        "    healthcheck: {test: [CMD, curl, -f, \"http://localhost:3000/up\"]}\n"
        "  worker: {image: shop:1}\n"
        "  cache: {image: \"redis:7\"}\n"
        "  db: {image: postgres:15, volumes: [\"data:/data\"]}\n"
        "volumes: {data: {}}\n";
    const auto file = workspace.write("my shop/compose.yaml", text);
    const std::string table = workspace.path("run/table").string();
    const auto teal = [&](std::vector<std::string> words) {
        words.insert(words.begin(), TEAL_CLI_PATH);
        words.insert(words.end(), {"-C", directory, "--table", table});
        return run(words);
    };
    CHECK(teal({"upgrade", "plan"}).exit_code == 2);  // no entry yet
    const RunResult begun = teal({"init", "--json"});
    INFO(begun.out << begun.err);
    REQUIRE(begun.exit_code == 0);
    CHECK(read_file(file) == text);
    const json answer = json::parse(begun.out);
    CHECK(answer["splits"]["front_end"]["created"] == true);
    CHECK_THAT(answer["nginx_conf"].get<std::string>(),
               ContainsSubstring("teal_split front_end {"));

    json labels;
    for (const json& service : answer["services"]) {
        if (!service["add"].empty()) {
            labels["services"][service["name"].get<std::string>()]["labels"] = service["add"];
        }
    }
    workspace.write("my shop/compose.override.yaml", labels.dump());  // JSON is YAML
    const RunResult planned = teal({"upgrade", "plan", "--json"});
    INFO(planned.out << planned.err);
    const json plan = json::parse(planned.out);
    std::string services;
    for (const json& service : plan["services"]) {
        services += service["name"].get<std::string>() +
                    (service["shared"] == true ? " shared" : "") +
                    (service.contains("split") ? " " + service["split"].get<std::string>() + " " +
                                                     service["health"].get<std::string>()
                                               : "") +
                    "\n";
    }
    CHECK(services == "cache shared\ndb shared\nfront-end front_end GET /up, 200 to 399\nworker\n");
    const RunResult again = teal({"init"});
    CHECK(again.exit_code == 0);
    CHECK_THAT(again.out, ContainsSubstring("has all the labels it needs"));
}
