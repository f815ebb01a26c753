// Instances summed up by service, and the short view made of them.
#include "cli/deployment/service_states.hpp"
#include "cli/output/status_output.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/fake_stack.hpp"

#include <nlohmann/json.hpp>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::instance_in;
using teal::fixtures::running_instance;

namespace {

DeploymentOverview shop() {
    DeploymentOverview overview;
    overview.colors[1].color = Color::green;
    overview.active = Color::green;
    ColorOverview& green = overview.colors[1];
    green.snapshot.emplace().id = "green-1";
    green.instances = {running_instance("web", 1, "10.0.0.1:3000"),
                       running_instance("web", 2, "10.0.0.2:3000"),
                       instance_in(InstanceState::exited, "migrate", 1, "completed")};
    green.instances[1].started_unix_s = 2000;
    green.running = 2;
    overview.shared = {running_instance("db", 1)};
    overview.running = 3;
    overview.wanted = 4;
    return overview;
}

const ServiceState& named(const std::vector<ServiceState>& states, const std::string& service) {
    for (const ServiceState& state : states) {
        if (state.service == service) {
            return state;
        }
    }
    FAIL("no " << service);
    return states.front();
}

}  // namespace

TEST_CASE("a service is as well as the instance that is worst off") {
    DeploymentOverview overview = shop();
    std::vector<ServiceState> states = service_states(overview);
    REQUIRE(states.size() == 3);
    CHECK(states[0].service == "web");
    CHECK(states[0].running == 2);
    CHECK(states[0].wanted == 2);
    CHECK(states[0].problem.empty());
    CHECK(states[0].started_unix_s == 2000);  // the youngest
    CHECK(named(states, "migrate").problem.empty());
    CHECK(named(states, "db").side == "shared");
    CHECK(status_json(overview).at("healthy") == true);

    overview.colors[1].instances[1] = instance_in(InstanceState::exited, "web", 2, "exited with 1");
    states = service_states(overview);
    CHECK(states[0].running == 1);
    CHECK(states[0].state == InstanceState::exited);
    CHECK(states[0].problem == "web 2: exited with 1");
    CHECK(status_json(overview).at("healthy") == false);
    CHECK_THAT(status_text(overview), ContainsSubstring("web 2: exited with 1"));
    CHECK_THAT(status_text(overview), ContainsSubstring("1 / 2"));
}

TEST_CASE("the other color is shown while it runs, and does not make the deployment unhealthy") {
    DeploymentOverview overview = shop();
    ColorOverview& blue = overview.colors[0];
    blue.snapshot.emplace().id = "blue-1";
    blue.instances = {instance_in(InstanceState::exited, "web", 1, "stopped")};
    CHECK(service_states(overview).size() == 3);
    CHECK_THAT(status_text(overview), ContainsSubstring("blue stopped"));
    blue.instances.push_back(running_instance("web", 2));
    blue.running = 1;
    const std::vector<ServiceState> states = service_states(overview);
    REQUIRE(states.size() == 4);
    CHECK(states[2].side == "blue");
    CHECK_FALSE(states[2].serves);
    CHECK(states[2].problem == "web 1: stopped");
    CHECK(status_json(overview).at("healthy") == true);
}

TEST_CASE("without a deployment the status says what to do") {
    DeploymentOverview overview;
    CHECK_THAT(status_text(overview), ContainsSubstring("teal upgrade perform"));
    CHECK(status_json(overview).at("healthy") == false);
    CHECK(status_json(overview).at("active").is_null());
}
