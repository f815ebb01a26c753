// Phases, order, and what is done with each service: from what the project says and what differs.
#include "cli/error.hpp"
#include "cli/rolling/criticality.hpp"
#include "cli/rolling/order.hpp"
#include "tests/catch.hpp"

#include <string>
#include <vector>

namespace {

using Catch::Matchers::ContainsSubstring;
using teal::cli::Comparison;
using teal::cli::criticality_of;
using teal::cli::Entry;
using teal::cli::Error;
using teal::cli::Means;
using teal::cli::order_services;
using teal::cli::PlannedStep;
using teal::cli::RollingOrder;
using teal::cli::Service;
using teal::cli::splits_needing;
using teal::cli::StackDefinition;

using Names = std::vector<std::string>;

Service service(const std::string& name, const Names& needs = {}) {
    Service made;
    made.name = name;
    made.depends_on = needs;
    return made;
}

Service entry(const std::string& name, const Names& needs = {}) {
    Service made = service(name, needs);
    made.entry = Entry{.split = name, .port = 3000};
    return made;
}

Service shared(const std::string& name, const std::string& volume) {
    Service made = service(name);
    made.shared = true;
    made.reason = "volume " + volume;
    return made;
}

// The guide's project.
StackDefinition guide() {
    StackDefinition stack;
    stack.services = {entry("web", {"hasura", "auth"}), service("auth", {"postgres"}),
                      service("hasura", {"postgres"}),  shared("postgres", "data"),
                      service("functions", {"minio"}),  service("minio"),
                      shared("redis", "cache")};
    return stack;
}

std::vector<Comparison> all_differ(const StackDefinition& stack) {
    std::vector<Comparison> compared;
    for (const Service& one : stack.services) {
        compared.push_back(
            {.service = one.name, .shared = one.shared, .difference = "image a → b"});
    }
    return compared;
}

Names names(const RollingOrder& order, int phase) {
    Names found;
    for (const PlannedStep& step : order.steps) {
        if (step.phase == phase) {
            found.push_back(step.service);
        }
    }
    return found;
}

Means means_of(Service one) {
    StackDefinition stack;
    stack.services = {std::move(one)};
    return order_services(stack, all_differ(stack), {}, false).steps.front().means;
}

}  // namespace

TEST_CASE("the guide's services are updated in the guide's two phases") {
    const RollingOrder order = order_services(guide(), all_differ(guide()), {}, false);
    CHECK(names(order, 1) == Names{"minio", "functions", "redis"});
    CHECK(names(order, 2) == Names{"postgres", "auth", "hasura", "web"});
    CHECK(order.changes_anything());
    REQUIRE(order.notes.size() == 1);
    CHECK_THAT(order.notes.front(),
               ContainsSubstring("postgres") && ContainsSubstring("no backup"));
}

TEST_CASE("that no backup is made is said of a database that is replaced, and of nothing else") {
    StackDefinition stack = guide();
    const auto notes = [&](const Names& asked, const std::string& difference) {
        std::vector<Comparison> compared = all_differ(stack);
        compared[3].difference = difference;
        return order_services(stack, compared, asked, false).notes;
    };
    CHECK(notes({"postgres"}, "image a → b").size() == 1);
    CHECK(notes({"postgres"}, "").empty());  // up to date
    CHECK(notes({"web", "redis"}, "image a → b").empty());
    stack.services[3].database = false;
    CHECK(notes({"postgres"}, "image a → b").empty());
    stack.services[6].database = true;  // labelled: a cluster with another name
    CHECK_THAT(notes({"redis"}, "").at(0), ContainsSubstring("redis has a database"));
}

TEST_CASE("a service is critical by what somebody says, as an entry, or by what is known of it") {
    Service said = service("postgres");
    said.said_critical = false;
    CHECK_FALSE(criticality_of(said).critical);
    CHECK(criticality_of(said).reason == "said not to be critical");
    CHECK(criticality_of(entry("redis")).critical);
    CHECK(criticality_of(entry("redis")).reason == "entry of split redis");

    Service database = service("x");
    database.database = true;
    CHECK(criticality_of(database).critical);

    const auto by_image = [](const std::string& image) {
        Service one = service("x");
        one.image = image;
        return criticality_of(one);
    };
    for (const char* image : {"postgres:16", "docker.io/library/mysql@sha256:00", "mariadb",
                              "registry:5000/team/postgis/postgis:16-3.4",
                              "hasura/graphql-engine:v2.36", "nhost/hasura-auth:0.3"}) {
        INFO(image);
        CHECK(by_image(image).critical);
    }
    for (const char* image : {"redis:7", "minio/minio", "nhost/functions:1", "nginx:1.25",
                              "postgres.example.com/shop/cron:1"}) {
        INFO(image);
        CHECK_FALSE(by_image(image).critical);
    }
    CHECK(by_image("postgres:16").reason == "image postgres");
    CHECK(by_image("nginx").reason == "nothing says that it is critical");

    // What is built here has the project's name for an image, and is known by its own.
    Service built = service("postgres");
    built.built = true;
    built.image = "shop-redis";
    CHECK(criticality_of(built).critical);
    CHECK(criticality_of(built).reason == "name postgres");
}

TEST_CASE("a service runs twice unless it keeps something, or is said to exist once") {
    CHECK(means_of(service("worker")) == Means::beside);
    CHECK(means_of(entry("web")) == Means::beside);
    CHECK(means_of(shared("postgres", "data")) == Means::in_place);
    Service keeps = service("search");
    keeps.only_once = "volume index";
    CHECK(means_of(keeps) == Means::in_place);
    keeps.entry = Entry{.split = "search", .port = 1};
    CHECK(means_of(keeps) == Means::beside);  // both colors run it already
    Service job = service("migrate");
    job.job = true;
    CHECK(means_of(job) == Means::job);
}

TEST_CASE("what does not differ is left alone, unless it is forced") {
    const StackDefinition stack = guide();
    std::vector<Comparison> compared = all_differ(stack);
    for (Comparison& one : compared) {
        one.difference = one.service == "redis" ? one.difference : "";
    }
    const RollingOrder order = order_services(stack, compared, {}, false);
    CHECK(order.find("redis")->means == Means::in_place);
    CHECK(order.find("web")->means == Means::up_to_date);
    CHECK(order_services(stack, compared, {}, true).find("web")->means == Means::beside);
    compared.front().known = false;  // its image has to be built first
    CHECK(order_services(stack, compared, {}, false).find("web")->means == Means::beside);
    for (Comparison& one : compared) {
        one.difference.clear();
        one.known = true;
    }
    CHECK_FALSE(order_services(stack, compared, {}, false).changes_anything());
}

TEST_CASE("only the services that were asked for are part of it") {
    const RollingOrder order =
        order_services(guide(), all_differ(guide()), {"web", "redis"}, false);
    CHECK(names(order, 1) == Names{"redis"});
    CHECK(names(order, 2) == Names{"web"});
    try {
        order_services(guide(), all_differ(guide()), {"wep"}, false);
        FAIL("not refused");
    } catch (const Error& error) {
        CHECK(error.code() == teal::cli::ExitCode::usage);
        CHECK_THAT(error.what(), ContainsSubstring("\"wep\"") && ContainsSubstring("web"));
    }
}

TEST_CASE("phases go before dependencies, and it is said") {
    StackDefinition stack = guide();
    stack.services[4].depends_on = {"hasura"};  // functions
    const RollingOrder order = order_services(stack, all_differ(stack), {}, false);
    CHECK(names(order, 1) == Names{"functions", "minio", "redis"});
    REQUIRE(order.notes.size() == 3);  // hasura, postgres through it, and postgres's backup
    CHECK_THAT(order.notes.front(),
               ContainsSubstring("functions depends on hasura") && ContainsSubstring("before"));
}

TEST_CASE("entries that need a service, through others too, are held while it is replaced") {
    const StackDefinition stack = guide();
    CHECK(splits_needing(stack, "postgres") == Names{"web"});
    CHECK(splits_needing(stack, "minio").empty());
    const RollingOrder order = order_services(stack, all_differ(stack), {}, false);
    CHECK(order.find("postgres")->held == Names{"web"});
    CHECK(order.find("hasura")->held.empty());  // beside: nothing is interrupted
}

TEST_CASE("what the project no longer has goes last") {
    std::vector<Comparison> compared = all_differ(guide());
    compared.push_back(
        {.service = "a-former-one", .in_target = false, .difference = "no longer part"});
    const RollingOrder order = order_services(guide(), compared, {}, false);
    CHECK(order.steps.back().service == "a-former-one");
    CHECK(order.steps.back().means == Means::removal);
}
