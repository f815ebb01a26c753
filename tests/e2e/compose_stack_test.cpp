// ComposeStack on a real docker engine.
#include "cli/error.hpp"
#include "tests/catch.hpp"
#include "tests/e2e/compose_project.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <memory>
#include <set>
#include <string>

namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using teal::cli::Color;
using teal::cli::Fetch;
using teal::cli::Instance;
using teal::cli::InstanceState;
using teal::cli::Removal;
using teal::e2e::answer_of;
using teal::e2e::ComposeProject;
using teal::e2e::inside;
using teal::e2e::resolved_in;
using teal::harness::docker;
using teal::harness::docker_output;

std::vector<Instance> only(const std::vector<Instance>& all, const std::string& service) {
    std::vector<Instance> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                 [&](const Instance& instance) { return instance.service == service; });
    return found;
}

Instance one(const std::vector<Instance>& all, const std::string& service) {
    const auto found = only(all, service);
    if (found.size() != 1) {
        throw std::runtime_error("not one " + service + " but " + std::to_string(found.size()));
    }
    return found.front();
}

bool exists(const std::string& kind, const std::string& name) {
    return docker({kind, "inspect", name}).exit_code == 0;
}

}  // namespace

TEST_CASE("two colors run at once and see only their own services", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1");
    project.deploy(Color::blue, "blue-1");
    const auto blue = project.running(Color::blue);
    project.write_usual("v2");
    project.deploy(Color::green, "green-1");
    const auto green = project.running(Color::green);
    INFO(project.told());

    SECTION("each replica answers at its address, with its color's version") {
        REQUIRE(only(blue, "web").size() == 2);
        REQUIRE(only(green, "web").size() == 2);
        std::set<std::string> answers;
        for (const Instance& web : only(blue, "web")) {
            CHECK_THAT(answer_of(web.address), ContainsSubstring("v1 "));
            answers.insert(answer_of(web.address));
        }
        for (const Instance& web : only(green, "web")) {
            CHECK_THAT(answer_of(web.address), ContainsSubstring("v2 "));
            answers.insert(answer_of(web.address));
        }
        CHECK(answers.size() == 4);  // four containers
        CHECK(one(blue, "worker").address.empty());
    }
    SECTION("names lead to the own color, and to the shared service under its aliases") {
        const std::string blue_web = only(blue, "web").front().name;
        const std::string green_web = only(green, "web").front().name;
        const std::string blue_worker = resolved_in(blue_web, "worker");
        const std::string green_worker = resolved_in(green_web, "worker");
        REQUIRE_FALSE(blue_worker.empty());
        REQUIRE_FALSE(green_worker.empty());
        CHECK(blue_worker != green_worker);
        CHECK(blue_worker.find(' ') == std::string::npos);  // one address, not one of each color
        CHECK_FALSE(resolved_in(blue_web, "db").empty());
        CHECK(resolved_in(blue_web, "db") == resolved_in(blue_web, "database"));
        CHECK_FALSE(resolved_in(green_web, "database").empty());
        CHECK(resolved_in(blue_web, "nobody").empty());  // the check can tell
    }
    SECTION("the shared service is one, with the project's own volume") {
        const auto shared = project.stack().shared_instances();
        REQUIRE(shared.size() == 1);
        CHECK(shared.front().name == project.name() + "-db-1");
        CHECK(shared.front().state == InstanceState::running);
        CHECK(exists("volume", project.name() + "_data"));
        CHECK_FALSE(exists("volume", project.name() + "-blue_data"));
    }
    SECTION("stopping keeps containers and logs; removing leaves the rest running") {
        project.stack().stop(Color::blue, 2s, Removal::keep, project.progress());
        const auto stopped = project.stack().instances(Color::blue);
        REQUIRE(stopped.size() == blue.size());
        for (const Instance& instance : stopped) {
            CHECK(instance.state == InstanceState::exited);
            CHECK(instance.address.empty());
        }
        CHECK_THAT(project.stack().last_lines(only(stopped, "web").front(), 10),
                   ContainsSubstring("serving v1"));
        project.stack().stop(Color::blue, 2s, Removal::remove, project.progress());
        CHECK(project.stack().instances(Color::blue).empty());
        CHECK_FALSE(exists("network", project.name() + "-blue_default"));
        CHECK(project.running(Color::green).size() == 3);
        CHECK(project.stack().shared_instances().front().state == InstanceState::running);
        CHECK(exists("volume", project.name() + "_data"));
        CHECK_FALSE(resolved_in(only(green, "web").front().name, "db").empty());
        // again, when nothing is left
        project.stack().stop(Color::blue, 2s, Removal::remove, project.progress());
    }
}

TEST_CASE("a color is brought to what its new snapshot says", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1", 3);
    project.deploy(Color::blue, "blue-1");
    const auto before = project.running(Color::blue);
    CHECK(only(before, "web").size() == 3);
    const std::string shared = project.stack().shared_instances().front().id;

    project.write_usual("v2", 1);
    const auto snapshot = project.deploy(Color::blue, "blue-2");
    const auto after = project.running(Color::blue);
    REQUIRE(only(after, "web").size() == 1);
    CHECK_THAT(answer_of(one(after, "web").address), ContainsSubstring("v2 "));
    CHECK(project.stack().shared_instances().front().id == shared);

    // A container that was lost is missing, and comes back with the next bring_up.
    docker_output({"rm", "-f", one(after, "web").id});
    const Instance lost = one(project.stack().instances(Color::blue), "web");
    CHECK(lost.state == InstanceState::missing);
    project.stack().bring_up(Color::blue, snapshot, project.progress());
    project.running(Color::blue);

    // A restarted container's present address is told.
    docker_output({"restart", "-t", "0", one(project.running(Color::blue), "web").id});
    CHECK_THAT(answer_of(one(project.running(Color::blue), "web").address),
               ContainsSubstring("v2 "));
}

TEST_CASE("a stack is found again without the project's files", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1");
    project.deploy(Color::green, "green-1");
    project.running(Color::green);
    project.write("compose.yaml", "this is: [no compose file");
    teal::cli::Stack& later = project.open();
    CHECK(later.project() == project.name());
    CHECK(project.running(Color::green).size() == 3);
    CHECK(later.instances(Color::blue).empty());
    CHECK(later.shared_instances().size() == 1);
    CHECK_THROWS_WITH(later.definition(), ContainsSubstring("docker compose cannot read"));
    later.stop(Color::green, 1s, Removal::remove, project.progress());
    CHECK(later.instances(Color::green).empty());
}

TEST_CASE("the snapshot's compose file brings its color up by hand", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1");
    project.write(".env", "COMPOSE_PROJECT_NAME=NAME\nSECRET=1\n");
    const auto snapshot = project.deploy(Color::blue, "blue-1");
    const auto before = project.running(Color::blue);
    for (const char* file : {"docker-compose.yml", "shared-compose.yml", ".env"}) {
        struct stat status {};
        REQUIRE(::stat((snapshot.directory / file).c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600U);
    }
    project.stack().stop(Color::blue, 1s, Removal::keep, project.progress());
    docker_output(
        {"compose", "-f", (snapshot.directory / "docker-compose.yml").string(), "up", "-d"});
    const auto after = project.running(Color::blue);
    REQUIRE(after.size() == before.size());
    for (std::size_t i = 0; i < after.size(); ++i) {
        CHECK(after[i].id == before[i].id);  // the same containers: nothing of them differed
    }
}

TEST_CASE("a snapshot of one color starts the same version in the other", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1");
    const auto blue = project.deploy(Color::blue, "blue-1");
    project.write_usual("v2");
    project.open();
    const auto green = project.write_snapshot(
        "green-9", project.stack().recolored_files(blue, Color::green, "green-9"));
    const auto images =
        project.stack().fetch_images(Color::green, green, Fetch::as_needed, project.progress());
    REQUIRE(images.size() == 2);
    CHECK(images[0].id == project.images()[0].id);
    CHECK(images[0].pin == "teal/" + project.name() + "/web:green-9");
    project.stack().unpin_images("blue-1", {});  // the other snapshot may go
    project.stack().bring_up(Color::green, green, project.progress());
    CHECK_THAT(answer_of(only(project.running(Color::green), "web").front().address),
               ContainsSubstring("v1 "));
    CHECK_THROWS_WITH(project.stack().bring_up(Color::blue, green, project.progress()),
                      ContainsSubstring("starts green, not blue"));
}

TEST_CASE("a replaced shared service is connected to the colors again", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1", 1);
    project.deploy(Color::blue, "blue-1");
    const std::string web = one(project.running(Color::blue), "web").name;
    CHECK(project.stack().changed_shared().empty());

    docker_output({"rm", "-f", project.name() + "-db-1"});
    docker_output(
        {"compose", "--project-directory", project.directory().string(), "up", "-d", "db"});
    CHECK(resolved_in(web, "db").empty());
    project.stack().reconnect_shared(Color::blue, project.progress());
    CHECK_FALSE(resolved_in(web, "db").empty());
    CHECK_FALSE(resolved_in(web, "database").empty());
    project.stack().reconnect_shared(Color::blue, project.progress());  // and again: nothing to do
    // The user's own `docker compose up` made it: to us it is the same container.
    CHECK(project.stack().changed_shared().empty());

    std::string text = teal::harness::read_file(project.directory() / "compose.yaml");
    text.replace(text.find("[database]"), 10, "[database, store]");
    project.write("compose.yaml", text);
    project.open();
    CHECK(project.stack().changed_shared() == std::vector<std::string>{"db"});
}

TEST_CASE("what a killed command left behind is settled before the next one", "[docker][compose]") {
    ComposeProject project;
    project.write_usual("v1", 1);
    project.deploy(Color::blue, "blue-1");
    const Instance web = one(project.running(Color::blue), "web");
    // As compose names a container that is to replace this one, until it has done so.
    docker_output({"create", "--name", web.id.substr(0, 12) + "_" + web.name, "--label",
                   "com.docker.compose.project=" + project.name() + "-blue",
                   teal::harness::kBaseImage});
    // As compose runs on when only `docker` has heard that we are gone.
    const auto left_behind = [&](const std::string& mark) {
        return std::make_unique<teal::harness::Process>(teal::harness::ProcessOptions{
            .argv = {"sleep", "1000"}, .env = {{"TEAL_COMPOSE_CHANGE", mark}}});
    };
    const auto ours = left_behind(project.name() + "-blue/");
    const auto of_another = left_behind(project.name() + "-blue2/");
    project.write_usual("v2", 1);
    project.deploy(Color::blue, "blue-2");
    CHECK_THAT(answer_of(one(project.running(Color::blue), "web").address),
               ContainsSubstring("v2 "));
    CHECK_FALSE(ours->running());
    CHECK(of_another->running());
}
