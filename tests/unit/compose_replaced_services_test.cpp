// What of two compose files differs, and the files between them.
#include "cli/stack/compose/replaced_services.hpp"
#include "tests/catch.hpp"

#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;
using teal::cli::compose::differing_keys;
using teal::cli::compose::mixed_project;
using Keys = std::vector<std::string>;

json service(const std::string& snapshot) {
    return {{"image", "teal/shop/web:" + snapshot},
            {"command", {"serve"}},
            {"environment", {{"A", "1"}}},
            {"labels", {{"teal.snapshot", snapshot}, {"mine", "x"}}}};
}

json project(const std::string& snapshot, const Keys& names) {
    json made{{"name", "shop-blue"}, {"networks", {{"default", {{"name", "shop-blue_default"}}}}}};
    json roles{{"project", "shop"},
               {"color", json::object()},
               {"shared", json::object()},
               {"jobs", json::array()}};
    made["x-teal"] = {{"color", "blue"},
                      {"snapshot", snapshot},
                      {"images", json::object()},
                      {"build_secrets", json::object()}};
    for (const std::string& name : names) {
        made["services"][name] = service(snapshot);
        roles["color"][name] = 1;
        made["x-teal"]["images"][name] = {{"written", name + ":" + snapshot}};
    }
    made["x-teal"]["stack"] = roles;
    return made;
}

}  // namespace

TEST_CASE("names of images and snapshots are no difference of a service, its settings are") {
    json one = service("blue-1");
    json two = service("blue-2");
    CHECK(differing_keys(one, two).empty());
    two["environment"]["A"] = "2";
    two["healthcheck"] = {{"test", {"CMD", "true"}}};
    one["user"] = "nobody";
    CHECK(differing_keys(one, two) == Keys{"environment", "user", "healthcheck"});
    two = service("blue-2");
    two["labels"]["mine"] = "y";
    CHECK(differing_keys(service("blue-1"), two) == Keys{"labels"});
    // How many there are, and in which order they start, replaces no container.
    two = service("blue-2");
    two["scale"] = 3;
    two["deploy"] = {{"replicas", 3}};
    two["depends_on"] = {{"db", {{"condition", "service_started"}}}};
    CHECK(differing_keys(service("blue-1"), two).empty());
    two["deploy"]["resources"] = {{"limits", {{"cpus", "1"}}}};
    CHECK(differing_keys(service("blue-1"), two) == Keys{"deploy"});
}

TEST_CASE("between two files each service is of one of them, to the letter") {
    const json before = project("blue-1", {"api", "old", "web"});
    json target = project("blue-2", {"api", "new", "web"});
    target["networks"]["back"] = {{"name", "shop-blue_back"}};
    CHECK(mixed_project(before, target, {})["services"] == before["services"]);

    const json mixed = mixed_project(before, target, {"web", "new"});
    CHECK(mixed["services"]["web"] == target["services"]["web"]);
    CHECK(mixed["services"]["new"] == target["services"]["new"]);
    CHECK(mixed["services"]["api"] == before["services"]["api"]);
    CHECK(mixed["services"]["old"] == before["services"]["old"]);
    CHECK(mixed["networks"].contains("back"));
    CHECK(mixed["x-teal"]["snapshot"] == "blue-2");
    CHECK(mixed["x-teal"]["stack"]["color"].size() == 4);
    CHECK(mixed["x-teal"]["images"]["web"]["written"] == "web:blue-2");
    CHECK(mixed["x-teal"]["images"]["api"]["written"] == "api:blue-1");

    const json all = mixed_project(before, target, {"api", "new", "old", "web"});
    CHECK(all["services"] == target["services"]);
    CHECK(all["x-teal"]["stack"] == target["x-teal"]["stack"]);
}

TEST_CASE("a project without shared services may get some, and lose them") {
    const json some{{"name", "shop"}, {"services", {{"db", {{"image", "db"}}}}}};
    CHECK(mixed_project(nullptr, some, {}) == some);
    CHECK(mixed_project(some, nullptr, {}) == some);
    CHECK(mixed_project(nullptr, nullptr, {}).is_null());
}
