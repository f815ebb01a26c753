// A resolved compose project read as a stack: which services are shared and why, what entries say,
// and what is refused.
#include "cli/error.hpp"
#include "cli/stack/compose/project_definition.hpp"
#include "tests/catch.hpp"
#include "tests/unit/compose_project.hpp"

#include <algorithm>
#include <string>

namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using teal::cli::Error;
using teal::cli::ExitCode;
using teal::cli::Settings;
using teal::cli::StackDefinition;
using teal::tests::shop;
using teal::tests::shop_settings;

StackDefinition defined(const json& project, const Settings& settings = shop_settings()) {
    return teal::cli::compose::define_stack(project, settings);
}

// The message and the remedy of the refusal, which must be one of wrong input.
std::string refusal(const json& project, const Settings& settings = shop_settings()) {
    try {
        defined(project, settings);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        CHECK_FALSE(error.next_step().empty());
        return error.what() + std::string(" | ") + error.next_step();
    }
    return "not refused";
}

bool noted(const StackDefinition& stack, const std::string& text) {
    return std::any_of(stack.notes.begin(), stack.notes.end(), [&](const std::string& note) {
        return note.find(text) != std::string::npos;
    });
}

json labelled(const std::string& label, const std::string& value) {
    json project = shop();
    project["services"]["web"]["labels"][label] = value;
    return project;
}

}  // namespace

TEST_CASE("a service is shared by its label, else by its named volume", "[compose]") {
    const StackDefinition stack = defined(shop());
    CHECK(stack.project == "shop");
    CHECK(stack.migrations == "/srv/shop/db/migrations");
    REQUIRE(stack.services.size() == 4);
    CHECK(stack.find("db")->shared);
    CHECK(stack.find("db")->reason == "volume pgdata");
    CHECK(stack.find("cache")->shared);
    CHECK(stack.find("cache")->reason == "label teal.shared");
    CHECK_FALSE(stack.find("worker")->shared);  // a bind mount and an anonymous volume
    CHECK(stack.find("worker")->reason == "no named volume");

    json project = shop();
    project["services"]["db"]["labels"]["teal.shared"] = "false";
    const StackDefinition both = defined(project);
    CHECK_FALSE(both.find("db")->shared);
    CHECK(noted(both, "db: both colors write to the volume pgdata"));
}

TEST_CASE("an entry says its port, split, probe and replicas", "[compose]") {
    const StackDefinition stack = defined(shop());
    REQUIRE(stack.entries().size() == 1);
    const teal::cli::Service& web = *stack.entries().front();
    CHECK(web.entry->split == "app");
    CHECK(web.entry->port == 3000);
    CHECK(web.entry->probe.path == "/healthz");
    CHECK(web.entry->probe.highest_status == 200);
    CHECK(web.entry->probe.host == "shop.example");
    CHECK(web.replicas == 2);
    CHECK(web.built);
    CHECK(web.dropped_ports == std::vector<std::string>{"8080:3000", "127.0.0.1:9000:9000/udp"});
    CHECK(stack.find("worker")->replicas == 3);
    CHECK(stack.find("worker")->image == "shop-worker:1");
    CHECK(stack.find("db")->dropped_ports.empty());  // it exists once and keeps its port

    json project = shop();
    project["services"]["web"]["labels"].erase("teal.split");
    CHECK(defined(project).find("web")->entry->split == "web");
}

TEST_CASE("teal.toml says what labels do not", "[compose]") {
    Settings settings = shop_settings();
    settings.services["web"].split = "other";
    settings.services["web"].critical = false;
    settings.services["worker"].port = 4000;
    settings.services["worker"].health = "tcp";
    settings.services["worker"].shared = false;
    const StackDefinition stack = defined(shop(), settings);
    CHECK(stack.find("web")->entry->split == "app");  // the label goes first
    CHECK_FALSE(stack.find("web")->critical);
    CHECK(stack.find("worker")->entry->port == 4000);
    CHECK(stack.find("worker")->entry->probe.scheme == teal::cli::ProbeScheme::tcp);
    CHECK(stack.find("worker")->reason == "teal.toml");

    settings.services["wbe"].critical = true;
    CHECK_THAT(refusal(shop(), settings), ContainsSubstring("did you mean \"web\""));
    settings.services.erase("wbe");
    settings.services["worker"].port.reset();
    settings.services["worker"].entry = true;
    CHECK_THAT(refusal(shop(), settings), ContainsSubstring("worker of teal.toml is an entry"));
}

TEST_CASE("labels that say nothing we know are refused", "[compose]") {
    CHECK_THAT(refusal(labelled("teal.entri", "1")),
               ContainsSubstring("unknown label \"teal.entri\" (did you mean \"teal.entry\"?)"));
    CHECK_THAT(refusal(labelled("teal.color", "green")), ContainsSubstring("unknown label"));
    for (const char* port : {"", "0", "65536", "80a", "-1", "http"}) {
        CAPTURE(port);
        CHECK_THAT(refusal(labelled("teal.entry", port)),
                   ContainsSubstring("service web: label teal.entry") &&
                       ContainsSubstring("is not a port"));
    }
    CHECK_THAT(refusal(labelled("teal.health", "healthz")),
               ContainsSubstring("service web: label teal.health"));
    CHECK_THAT(refusal(labelled("teal.shared", "perhaps")),
               ContainsSubstring("service web: label teal.shared"));
    CHECK(refusal(labelled("tealish", "x")) == "not refused");
}

TEST_CASE("without an entry there is nothing to deploy", "[compose]") {
    json project = shop();
    project["services"]["web"].erase("labels");
    CHECK_THAT(refusal(project),
               ContainsSubstring("no service is an entry") && ContainsSubstring("teal.entry"));
    project = labelled("teal.shared", "true");
    CHECK_THAT(refusal(project), ContainsSubstring("the only entry, web, is shared (label"));
}

TEST_CASE("services that only one project can have together are refused", "[compose]") {
    for (const char* keyword : {"network_mode", "pid", "ipc"}) {
        CAPTURE(keyword);
        json project = shop();
        project["services"]["worker"].erase("networks");
        project["services"]["worker"][keyword] = "service:db";
        CHECK_THAT(refusal(project),
                   ContainsSubstring("service worker: " + std::string(keyword) +
                                     " names db, but db is shared (volume pgdata)"));
        project["services"]["worker"][keyword] = "service:web";
        CHECK(refusal(project) == "not refused");
    }
    json project = shop();
    project["services"]["worker"]["links"] = {"db:database"};
    CHECK_THAT(refusal(project), ContainsSubstring("links names db") &&
                                     ContainsSubstring("worker reaches db under its name"));
    project = shop();
    project["services"]["db"]["volumes_from"] = {"worker:ro"};
    CHECK_THAT(refusal(project), ContainsSubstring("service db: volumes_from names worker"));
    project["services"]["db"]["volumes_from"] = {"container:other"};
    CHECK(refusal(project) == "not refused");
    project = shop();
    project["services"]["web"]["network_mode"] = "host";
    CHECK_THAT(refusal(project), ContainsSubstring("web is an entry with network_mode: host"));
}

TEST_CASE("what two colors do differently is noted", "[compose]") {
    const StackDefinition stack = defined(shop());
    CHECK(noted(stack, "web: container_name shop_web is left out"));
    CHECK(noted(stack, "web: its fixed address is left out"));
    CHECK(noted(stack, "worker: both colors write to /srv/shop/data"));
    CHECK(noted(stack, "network back: each color gets a subnet of its own"));
    CHECK(noted(stack, "cache: is shared and starts before worker"));
    CHECK_FALSE(noted(stack, "shop_db"));

    json project = shop();
    project["networks"]["default"]["external"] = true;
    project["services"]["cache"]["labels"]["teal.entry"] = "6379";
    const StackDefinition other = defined(project);
    CHECK(noted(other, "network default is external"));
    CHECK(noted(other, "cache: is an entry, but shared (label teal.shared)"));
}

TEST_CASE("x-teal takes migrations and nothing else", "[compose]") {
    json project = shop();
    project["x-teal"] = {{"migration", "x"}};
    CHECK_THAT(refusal(project), ContainsSubstring("did you mean \"migrations\""));
    project["x-teal"] = {{"migrations", 3}};
    CHECK_THAT(refusal(project), ContainsSubstring("is not a path"));
    project["x-teal"] = "db";
    CHECK_THAT(refusal(project), ContainsSubstring("not a mapping"));
    Settings settings = shop_settings();
    settings.migrations = "/elsewhere";
    CHECK(defined(shop(), settings).migrations == "/elsewhere");
}
