// One project made into a color's compose file and the shared one.
#include "cli/stack/compose/color_project.hpp"
#include "cli/stack/compose/project_definition.hpp"
#include "tests/catch.hpp"
#include "tests/unit/compose_project.hpp"

#include <string>

namespace {

using nlohmann::json;
using teal::cli::Color;
using teal::cli::compose::ColorRequest;
using teal::cli::compose::recolored;
using teal::cli::compose::shared_project;
using teal::tests::shop;
using teal::tests::shop_settings;

const ColorRequest kGreen{Color::green, "green-1", "/srv/my $hop"};

json green(const json& project, const ColorRequest& request = kGreen) {
    return color_project(project, teal::cli::compose::define_stack(project, shop_settings()),
                         request);
}

json shared(const json& project) {
    return shared_project(project, teal::cli::compose::define_stack(project, shop_settings()));
}

std::vector<std::string> keys(const json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) {
        names.push_back(name);
    }
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a color has the services that are not shared, under its own project", "[compose]") {
    const json file = green(shop());
    CHECK(file["name"] == "shop-green");
    CHECK(keys(file["services"]) == Names{"web", "worker"});
    CHECK(keys(file["networks"]) == Names{"back", "default"});
    CHECK(file["networks"]["default"]["name"] == "shop-green_default");
    CHECK(file["networks"]["back"]["name"] == "shop-green_back");
    CHECK_FALSE(file["networks"]["back"]["ipam"].contains("config"));
    CHECK(keys(file["secrets"]) == Names{"key"});
    CHECK_FALSE(file.contains("volumes"));
}

TEST_CASE("what two colors cannot both have is dropped", "[compose]") {
    const json web = green(shop())["services"]["web"];
    for (const char* dropped : {"ports", "container_name", "build", "profiles"}) {
        CAPTURE(dropped);
        CHECK_FALSE(web.contains(dropped));
    }
    CHECK(keys(web["depends_on"]) == Names{"worker"});
    CHECK(web["networks"]["back"] == json{{"aliases", {"www"}}});
    CHECK(web["networks"]["default"].is_null());
    // and the rest is as it was
    CHECK(web["environment"]["PASSWORD"] == "pa$$word");
    CHECK(web["scale"] == 2);
    CHECK(web["labels"]["team"] == "a");
    CHECK_FALSE(green(shop())["services"]["worker"].contains("profiles"));
}

TEST_CASE("a color's images are those of its snapshot and nothing else", "[compose]") {
    const json file = green(shop());
    CHECK(file["services"]["web"]["image"] == "teal/shop/web:green-1");
    CHECK(file["services"]["web"]["pull_policy"] == "never");
    CHECK(file["services"]["worker"]["image"] == "teal/shop/worker:green-1");
    const json& images = file["x-teal"]["images"];
    CHECK(images["web"]["build"]["context"] == "/srv/shop");
    CHECK(images["worker"]["written"] == "shop-worker:1");
    CHECK_FALSE(images["worker"].contains("same_as"));

    json project = shop();
    project["services"]["web"]["image"] = "shop-worker:1";
    CHECK(green(project)["x-teal"]["images"]["worker"]["same_as"] == "web");
}

TEST_CASE("pins of different services are different, and names of images", "[compose]") {
    using teal::cli::compose::pin_of;
    CHECK(pin_of("shop", "web", "blue-1") == "teal/shop/web:blue-1");
    CHECK(pin_of("shop", "Web", "b") != pin_of("shop", "web", "b"));
    CHECK(pin_of("shop", "a_b", "b") != pin_of("shop", "a.b", "b"));
    CHECK(pin_of("shop-a", "b", "b") != pin_of("shop", "a-b", "b"));
    CHECK(pin_of("shop", "_", "b").starts_with("teal/shop/s."));
    CHECK(pin_of("shop", "My__Web.", "b").starts_with("teal/shop/my-web."));
}

TEST_CASE("containers of a color carry what finds them again", "[compose]") {
    const json labels = green(shop())["services"]["web"]["labels"];
    CHECK(labels["teal.color"] == "green");
    CHECK(labels["teal.project"] == "shop");
    CHECK(labels["teal.snapshot"] == "green-1");
    CHECK(labels["teal.directory"] == "/srv/my $$hop");  // compose makes one dollar of it
    CHECK(labels["teal.entry"] == "3000");
    const json stack = json::parse(labels["teal.stack"].get<std::string>());
    CHECK(stack["color"] == json{{"web", 2}, {"worker", 3}});
    CHECK(stack["shared"] == json{{"cache", 1}, {"db", 1}});
}

TEST_CASE("where networks cannot be reached the entry is published on loopback", "[compose]") {
    ColorRequest request = kGreen;
    request.published = true;
    const json file = green(shop(), request);
    CHECK(file["services"]["web"]["ports"] ==
          json::parse(R"([{"mode": "ingress", "host_ip": "127.0.0.1", "target": 3000,
                           "protocol": "tcp"}])"));
    CHECK_FALSE(file["services"]["worker"].contains("ports"));
}

TEST_CASE("external networks stay, others with names of their own get the color", "[compose]") {
    json project = shop();
    project["networks"]["default"] = {{"name", "edge"}, {"external", true}};
    project["networks"]["back"]["name"] = "backbone";
    const json file = green(project);
    CHECK(file["networks"]["default"]["name"] == "edge");
    CHECK(file["networks"]["back"]["name"] == "backbone-green");
}

TEST_CASE("a volume of a color's service keeps its name and so its data", "[compose]") {
    json project = shop();
    project["services"]["db"]["labels"]["teal.shared"] = "false";
    const json file = green(project);
    CHECK(file["volumes"]["pgdata"]["name"] == "shop_pgdata");
    CHECK(keys(shared(project)["services"]) == Names{"cache"});
}

TEST_CASE("shared services stay as they are written", "[compose]") {
    const json file = shared(shop());
    CHECK(file["name"] == "shop");
    CHECK(keys(file["services"]) == Names{"cache", "db"});
    CHECK(file["services"]["db"] == shop()["services"]["db"]);
    CHECK_FALSE(file["services"]["cache"].contains("depends_on"));
    CHECK(keys(file["networks"]) == Names{"back", "default", "shared_only"});
    CHECK(file["networks"]["back"] == shop()["networks"]["back"]);
    CHECK(file["volumes"] == shop()["volumes"]);
    CHECK_FALSE(file.contains("secrets"));

    json alone = shop();
    alone["services"].erase("db");
    alone["services"].erase("cache");
    alone["services"]["web"].erase("depends_on");
    CHECK(shared(alone).is_null());
}

TEST_CASE("a color's file recolored is the other color's", "[compose]") {
    json project = shop();
    project["networks"]["back"]["name"] = "backbone";
    ColorRequest blue = kGreen;
    blue.color = Color::blue;
    blue.snapshot = "blue-2";
    CHECK(recolored(green(project), Color::blue, "blue-2") == green(project, blue));
    CHECK(recolored(green(project, blue), Color::green, "green-1") == green(project));
}

TEST_CASE("replicas of teal.toml count where the file says none", "[compose]") {
    json project = shop();
    project["services"]["web"].erase("scale");
    teal::cli::Settings settings = shop_settings();
    settings.services["web"].replicas = 4;
    const auto stack = teal::cli::compose::define_stack(project, settings);
    CHECK(color_project(project, stack, kGreen)["services"]["web"]["scale"] == 4);
    CHECK(stack.find("web")->replicas == 4);
}
