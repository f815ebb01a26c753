// Containers as `docker inspect` prints them, read as instances.
#include "cli/stack/compose/containers.hpp"
#include "tests/catch.hpp"

#include <string>
#include <utility>

namespace {

using nlohmann::json;
using teal::cli::Instance;
using teal::cli::InstanceState;
using teal::cli::compose::StackRoles;

const StackRoles kRoles{
    .project = "shop", .color = {{"web", 2}, {"job", 1}}, .shared = {{"db", 1}}, .jobs = {"job"}};

json container(const std::string& service, int number, json state) {
    const std::string name = "shop-green-" + service + "-" + std::to_string(number);
    json made = {
        {"Id", "id-" + name},
        {"Name", "/" + name},
        {"Created", "2026-11-24T09:00:00Z"},
        {"State", std::move(state)},
        {"HostConfig", {{"NetworkMode", "shop-green_default"}}},
        {"NetworkSettings",
         {{"Ports", json::object()},
          {"Networks",
           {{"shop-green_back", {{"IPAddress", "172.18.0.3"}, {"GlobalIPv6Address", ""}}},
            {"shop-green_default", {{"IPAddress", "172.19.0.3"}, {"GlobalIPv6Address", ""}}}}}}},
        {"Config",
         {{"Labels",
           {{"com.docker.compose.service", service},
            {"com.docker.compose.project", "shop-green"},
            {"com.docker.compose.container-number", std::to_string(number)}}}}}};
    if (service == "web") {
        made["Config"]["Labels"]["teal.entry"] = "3000";
    }
    return made;
}

json running() {
    return {{"Status", "running"}, {"StartedAt", "2026-11-24T09:00:01.5Z"}};
}

std::vector<Instance> read(const std::vector<json>& containers) {
    return instances_of(containers, kRoles.color, kRoles, false);
}

Instance only(const json& one) {
    for (Instance& instance : read({one})) {
        if (!instance.id.empty()) {
            return std::move(instance);
        }
    }
    FAIL("no instance");
    return {};
}

}  // namespace

TEST_CASE("instances are those found and those wanted, in order", "[compose]") {
    const auto found = read({container("web", 3, running()), container("old", 1, running())});
    REQUIRE(found.size() == 4);
    CHECK(found[0].service == "job");
    CHECK(found[0].state == InstanceState::missing);
    CHECK_FALSE(found[0].healthy);
    CHECK(found[1].service == "old");  // no longer wanted, and there
    CHECK(found[2].service == "web");
    CHECK(found[2].number == 1);
    CHECK(found[2].state == InstanceState::missing);
    CHECK(found[3].number == 3);
    CHECK(found[3].name == "shop-green-web-3");
    CHECK(found[3].id == "id-shop-green-web-3");
    CHECK(found[3].started_unix_s == 1795510801);

    const auto wanted = instances_of({container("old", 1, running())}, kRoles.shared, kRoles, true);
    REQUIRE(wanted.size() == 1);
    CHECK(wanted[0].service == "db");
}

TEST_CASE("docker's states are told in ours", "[compose]") {
    const auto with_health = [](const char* health) {
        json state = running();
        state["Health"] = {{"Status", health}};
        return only(container("web", 1, state));
    };
    CHECK(only(container("web", 1, running())).detail == "running");
    CHECK(only(container("web", 1, running())).healthy);
    CHECK(with_health("healthy").healthy);
    CHECK_FALSE(with_health("starting").healthy);
    CHECK(with_health("unhealthy").detail == "unhealthy");
    CHECK(with_health("unhealthy").state == InstanceState::running);

    const Instance created = only(container("web", 1, {{"Status", "created"}}));
    CHECK(created.state == InstanceState::starting);
    CHECK_FALSE(created.healthy);
    const Instance again = only(container("web", 1, {{"Status", "restarting"}}));
    CHECK(again.state == InstanceState::starting);
    CHECK(again.detail == "restarting");
    const Instance killed =
        only(container("web", 1, {{"Status", "exited"}, {"ExitCode", 137}, {"OOMKilled", true}}));
    CHECK(killed.state == InstanceState::exited);
    CHECK(killed.detail == "exited with 137, out of memory");
    CHECK_FALSE(killed.healthy);
}

TEST_CASE("a job that ended well is done, a service that ended is not", "[compose]") {
    const json ended = {{"Status", "exited"}, {"ExitCode", 0}};
    CHECK(only(container("job", 1, ended)).healthy);
    CHECK(only(container("job", 1, ended)).detail == "completed");
    CHECK_FALSE(only(container("web", 1, ended)).healthy);
    CHECK_FALSE(only(container("job", 1, {{"Status", "exited"}, {"ExitCode", 1}})).healthy);
}

TEST_CASE("an entry is reached in the network default, or where it is published", "[compose]") {
    json web = container("web", 1, running());
    CHECK(only(web).address == "172.19.0.3:3000");
    web["NetworkSettings"]["Networks"].erase("shop-green_default");
    CHECK(only(web).address == "172.18.0.3:3000");
    web["NetworkSettings"]["Networks"]["shop-green_back"] = {{"IPAddress", ""},
                                                             {"GlobalIPv6Address", "fd00::2"}};
    CHECK(only(web).address == "[fd00::2]:3000");
    web["NetworkSettings"]["Ports"]["3000/tcp"] = {
        {{"HostIp", "127.0.0.1"}, {"HostPort", "32768"}}};
    CHECK(only(web).address == "127.0.0.1:32768");
    web["NetworkSettings"]["Ports"]["3000/tcp"] = {{{"HostIp", "0.0.0.0"}, {"HostPort", "32768"}}};
    CHECK(only(web).address == "127.0.0.1:32768");
    web["NetworkSettings"]["Ports"]["3000/tcp"] = nullptr;  // exposed, not published
    web["NetworkSettings"]["Networks"]["shop-green_back"] = {{"IPAddress", ""}};  // stopped
    CHECK(only(web).address.empty());
    CHECK(only(container("job", 1, running())).address.empty());
}

TEST_CASE("an entry in another service's network has its address", "[compose]") {
    json web = container("web", 1, running());
    web["HostConfig"]["NetworkMode"] = "container:id-shop-green-job-1";
    web["NetworkSettings"]["Networks"] = json::object();
    const auto found = read({web, container("job", 1, running())});
    CHECK(found[1].address == "172.19.0.3:3000");
}

TEST_CASE("roles are those of the newest container that says any", "[compose]") {
    json older = container("web", 1, running());
    older["Config"]["Labels"]["teal.stack"] = json(kRoles).dump();
    json newer = older;
    newer["Created"] = "2026-11-25T09:00:00Z";
    StackRoles more = kRoles;
    more.color["web"] = 5;
    newer["Config"]["Labels"]["teal.stack"] = json(more).dump();
    CHECK(teal::cli::compose::roles_on({newer, older})->color.at("web") == 5);
    newer["Config"]["Labels"]["teal.stack"] = R"({"project": 3})";
    CHECK(teal::cli::compose::roles_on({older, newer})->color.at("web") == 2);
    CHECK_FALSE(teal::cli::compose::roles_on({container("web", 1, running())}));
}

TEST_CASE("a line of the container list is taken apart, or not taken at all", "[compose]") {
    using teal::cli::compose::parse_listed;
    const auto listed =
        parse_listed("id1\tshop-green\t/srv/my shop\tgreen\t{\"project\":\"shop\"}");
    REQUIRE(listed);
    CHECK(listed->id == "id1");
    CHECK(listed->project == "shop-green");
    CHECK(listed->directory == "/srv/my shop");
    CHECK(listed->color == "green");
    CHECK(listed->roles == "{\"project\":\"shop\"}");
    const auto foreign = parse_listed("id2\tother\t\t\t");
    REQUIRE(foreign);
    CHECK(foreign->directory.empty());
    CHECK(foreign->roles.empty());
    for (const char* line : {"", "id", "id\tshop\t\t", "\tshop\t\t\t", "id\tshop\t\t\t\tmore"}) {
        CAPTURE(line);
        CHECK_FALSE(parse_listed(line));
    }
}
