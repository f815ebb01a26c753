// Texts between us, compose and docker.
#include "cli/error.hpp"
#include "cli/stack/compose/compose_progress.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/images.hpp"
#include "cli/stack/compose/log_relay.hpp"
#include "cli/stack/compose/resolved_project.hpp"
#include "cli/stack/compose/service_labels.hpp"
#include "cli/stack/compose/snapshot_project.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/unit/compose_project.hpp"

#include <fstream>
#include <string>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using namespace teal::cli::compose;
using teal::cli::CommandResult;
using teal::cli::Error;

std::string explained(int exit_code, const std::string& said) {
    CommandResult result;
    result.exit_code = exit_code;
    result.err = said;
    const Error error = docker_error(docker({"ps"}), result, "list the containers");
    return error.what() + std::string(" | ") + error.next_step();
}

class Told : public teal::cli::Progress {
public:
    void phase(const std::string&) override {}
    void service(const std::string& name, const std::string& state) override {
        lines.push_back(name + ": " + state);
    }
    void note(const std::string&) override {}
    void warning(const std::string&) override {}
    void detail(const std::string& line) override { lines.push_back("(" + line + ")"); }
    std::vector<std::string> lines{};
};

}  // namespace

TEST_CASE("what keeps docker from working is named with its remedy", "[compose]") {
    CHECK_THAT(explained(127, "docker: No such file or directory"),
               ContainsSubstring("there is no docker command"));
    CHECK_THAT(explained(1,
                         "permission denied while trying to connect to the Docker daemon socket "
                         "at unix:///var/run/docker.sock"),
               ContainsSubstring("no permission") && ContainsSubstring("group docker"));
    CHECK_THAT(explained(1, "Cannot connect to the Docker daemon at unix:///x. Is it running?"),
               ContainsSubstring("docker does not run") && ContainsSubstring("systemctl"));
    CHECK_THAT(explained(1, "Error: the moon"),
               ContainsSubstring("cannot list the containers: Error: the moon") &&
                   ContainsSubstring("`docker ps`"));
    CHECK_THAT(explained(3, ""), ContainsSubstring("docker ended with 3"));
}

TEST_CASE("compose commands on the user's project name what the settings name", "[compose]") {
    teal::cli::Settings settings = teal::tests::shop_settings();
    CHECK(user_compose(settings, {"config"}).argv ==
          std::vector<std::string>{"docker", "compose", "--ansi", "never", "config"});
    settings.project_name = "shop";
    settings.files = {"a b.yaml", "c.yaml"};
    settings.profiles = {"x"};
    CHECK(user_compose(settings, {"config"}).argv ==
          std::vector<std::string>{"docker", "compose", "--ansi", "never", "-p", "shop", "-f",
                                   "a b.yaml", "-f", "c.yaml", "--profile", "x", "config"});
    CHECK(user_compose(settings, {}).directory == settings.directory);
}

TEST_CASE("compose's warnings reach the user in its own words", "[compose]") {
    const auto warnings = compose_warnings(
        "time=\"2026-11-24T09:13:13Z\" level=warning msg=\"The \\\"c\\\" variable is not set.\"\n"
        "time=\"2026-11-24T09:13:13Z\" level=warning msg=\"a.yml: `version` is obsolete\"\n"
        "something else\n");
    CHECK(warnings == std::vector<std::string>{"docker compose: The \"c\" variable is not set."});
}

TEST_CASE("dollar signs survive compose", "[compose]") {
    CHECK(escaped("a$b$$") == "a$$b$$$$");
    CHECK(unescaped(escaped("a$b$$c")) == "a$b$$c");
    CHECK(unescaped("$") == "$");
}

TEST_CASE("a snapshot's .env does not rename the color", "[compose]") {
    CHECK(snapshot_env("A=1\n", "shop-blue") == "A=1\n");
    const std::string named = snapshot_env("COMPOSE_PROJECT_NAME=shop", "shop-blue");
    CHECK(named.starts_with("COMPOSE_PROJECT_NAME=shop\n"));
    CHECK(named.ends_with("\nCOMPOSE_PROJECT_NAME=shop-blue\n"));
    const std::string again = snapshot_env(named, "shop-green");
    CHECK(again.ends_with("\nCOMPOSE_PROJECT_NAME=shop-green\n"));
    CHECK(again.find("shop-blue") == std::string::npos);
}

TEST_CASE("an image's digest is the one of the repository it was written with", "[compose]") {
    const std::vector<std::string> digests = {"localhost:5000/shop@sha256:aa", "redis@sha256:bb"};
    CHECK(digest_for("redis", digests) == "redis@sha256:bb");
    CHECK(digest_for("docker.io/library/redis:7", digests) == "redis@sha256:bb");
    CHECK(digest_for("localhost:5000/shop:1.2", digests) == "localhost:5000/shop@sha256:aa");
    CHECK(digest_for("localhost:5000/shop@sha256:aa", digests) == "localhost:5000/shop@sha256:aa");
    CHECK(digest_for("localhost:5000/other", digests).empty());
}

TEST_CASE("compose's lines become states of services", "[compose]") {
    Told told;
    const auto line = told_to(told, "shop-green");
    line(" Container shop-green-web-app-12  Started");
    line(" Container shop-db-1  Running");
    line(" Network shop-green_default  Created");
    line("   ");
    CHECK(told.lines == std::vector<std::string>{"web-app: started",
                                                 "(Container shop-db-1  Running)",
                                                 "(Network shop-green_default  Created)"});
}

TEST_CASE("a snapshot that we did not write is refused by name", "[compose]") {
    const teal::fixtures::TemporaryDirectory directory;
    const teal::cli::SnapshotRef snapshot{"green-1", directory.path()};
    CHECK_THROWS_WITH(read_snapshot(snapshot), ContainsSubstring("has no docker-compose.yml"));
    for (const char* text : {"services:\n  web: {}\n", "{}", R"({"x-teal": {"stack": 3}})"}) {
        CAPTURE(text);
        std::ofstream(directory / "docker-compose.yml") << text;
        CHECK_THROWS_WITH(read_snapshot(snapshot), ContainsSubstring("is not as teal wrote it"));
    }
}

TEST_CASE("log lines are passed on whole, without the sequences that erase a line", "[compose]") {
    CHECK(without_erasing("\033[2Kweb-1  | a\n\033[2Kweb-2  | b\n") == "web-1  | a\nweb-2  | b\n");
    CHECK(without_erasing("\033[31mred\033[0m") == "\033[31mred\033[0m");  // the service's own
    CHECK(without_erasing("\033[2K\033[2K").empty());
}
