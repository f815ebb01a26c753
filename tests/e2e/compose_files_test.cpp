// Whatever a compose project may be written with keeps working when it is deployed in colors.
#include "tests/catch.hpp"
#include "tests/e2e/small_stack.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_project.hpp"

#include <algorithm>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

// Without a name: it comes from COMPOSE_PROJECT_NAME.
constexpr char kFirstFile[] = R"yaml(
services:
  web: &server
    image: debian:bookworm-slim
    init: true
    command: [perl, /server.pl]
    volumes: ["./server.pl:/server.pl:ro"]
    environment: {NAME: "${WEB_NAME}"}
    env_file: ["settings of the shop.env"]
    labels: {teal.entry: "3000", teal.split: web}
  metrics:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    profiles: [measured]
)yaml";

constexpr char kSecondFile[] = R"yaml(
services:
  web: {scale: 2}
  api:
    extends: {file: compose.yaml, service: web}
    environment: {NAME: "${API_NAME:-api}"}
    labels: {teal.split: api, teal.smoke: /api/}
)yaml";

bool runs(const std::string& color_project, const std::string& service) {
    const auto names = containers_of(color_project);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return name.starts_with(color_project + "-" + service + "-");
    });
}

}  // namespace

TEST_CASE("several files, profiles, .env, env_file and COMPOSE_PROJECT_NAME, in odd directories",
          "[docker]") {
    const std::string project = unique_project_name();
    ComposeSite site({.directory = "Mein Lädchen 店 (2)",
                      .project = project,
                      .env = {{"COMPOSE_PROJECT_NAME", project}}});
    e2e::put_server(site);
    site.write("compose.yaml", kFirstFile);
    site.write("more of it é.yaml", kSecondFile);
    site.write(".env", "WEB_NAME=web\n");
    site.write("settings of the shop.env", "# one a line\nVERSION=1\n");

    const RunResult first = site.perform(
        {"--file", "compose.yaml", "--file", "more of it é.yaml", "--profile", "measured"});
    INFO(first.out << first.err);
    REQUIRE(first.exit_code == 0);
    CHECK(site.served() == "web-1");
    CHECK(site.served("/api/") == "api-1");
    CHECK(site.endpoints("web", "blue").size() == 2);
    CHECK(runs(project + "-blue", "metrics"));
    CHECK(containers_of(project).empty());  // nothing is shared

    // The same by compose's own variables, and no profile.
    auto load = site.start_load("/", 50, 4);
    site.write("settings of the shop.env", "VERSION=2\n");
    site.write(".env", "WEB_NAME=web\nAPI_NAME=interface\n");
    ProcessOptions by_variables = site.process({"upgrade", "perform", "--auto-switch"});
    by_variables.env["COMPOSE_FILE"] = "compose.yaml:more of it é.yaml";
    const RunResult second = run(by_variables, 120s);
    INFO(second.out << second.err);
    REQUIRE(second.exit_code == 0);
    CHECK(site.served() == "web-2");
    CHECK(site.served("/api/") == "interface-2");
    CHECK_FALSE(runs(project + "-green", "metrics"));
    CHECK(runs(project + "-blue", "metrics"));

    // Back and forth need none of it: what runs says what it is.
    site.must({"upgrade", "rollback"});
    CHECK(site.served() == "web-1");
    CHECK_THAT(site.must({"upgrade", "status"}), ContainsSubstring("blue"));
    site.must({"upgrade", "switch", "green"});
    site.must({"upgrade", "cleanup", "blue", "--remove"});
    CHECK(containers_of(project + "-blue").empty());
    CHECK(site.served() == "web-2");
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);
}
