// What `teal init` proposes for projects that say nothing yet, and what it makes.
#include "cli/error.hpp"
#include "cli/proposal/health_words.hpp"
#include "cli/proposal/proposal.hpp"
#include "shared/table/reader.hpp"
#include "shared/table/writing/image.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/harness/process.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"
#include "tests/unit/compose_project.hpp"

#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using tests::CommandResult;

namespace {

namespace fs = std::filesystem;

// "web: split web (publishes port 3000) teal.entry=\"3000\" …", a line for each service.
std::string text_of(const ProjectProposal& proposal) {
    std::string text;
    for (const ServiceProposal& service : proposal.services) {
        text += service.name + ": " +
                (service.entry    ? "split " + service.split
                 : service.shared ? "shared"
                                  : "color") +
                " (" + service.reason + ")";
        for (const auto& [key, value] : service.additions) {
            text += " " + key + "=" + value;
        }
        text += "\n";
    }
    for (const std::string& remark : proposal.remarks) {
        text += "! " + remark + "\n";
    }
    return text;
}

std::string proposed(const json& services) {
    return text_of(
        propose_compose({{"name", "shop"}, {"services", services}}, tests::shop_settings()));
}

std::string of_procfile(const std::string& text, const Settings& settings = {}) {
    return text_of(propose_procfile("/srv/shop/Procfile", text, settings));
}

json port(std::uint32_t target) {
    return {{"target", target}, {"published", "8080"}, {"protocol", "tcp"}};
}

json checked_by(const std::string& command) {
    return {{"healthcheck", {{"test", {"CMD-SHELL", command}}}}};
}

struct Directory {
    fixtures::TemporaryDirectory place;
    fs::path project = fs::path(place.path()) / "shop";
    std::string table = place / "run/table";

    Directory() { fs::create_directories(project); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(project / name) << text;
    }
    CommandResult init(std::vector<std::string> words = {}) const {
        words.insert(words.begin(), "init");
        words.insert(words.end(), {"-C", project.string(), "--table", table});
        return tests::run_teal(words);
    }
    table::TableImage image() const {
        table::Reader reader;
        int error = 0;
        std::uint32_t version = 0;
        table::TableImage image;
        REQUIRE(reader.open(table.c_str(), &error, &version) == table::Health::ok);
        table::read_image(reader, image);
        return image;
    }
};

}  // namespace

TEST_CASE("services that publish a port are entries, those with a named volume are shared") {
    const json services = {
        {"web", {{"ports", {port(3000)}}}},
        {"worker", {{"image", "shop:1"}}},
        {"db",
         {{"image", "postgres:15"},
          {"ports", {port(5432)}},
          {"volumes", {{{"type", "volume"}, {"source", "pgdata"}}}}}},
        {"cache", {{"image", "docker.io/bitnami/redis:7"}, {"ports", {port(6379)}}}},
        {"nginx", {{"image", "nginx:1.27"}, {"ports", {port(80)}}}}};
    const std::string found = proposed(services);
    CHECK_THAT(found, ContainsSubstring("web: split web (publishes port 3000) teal.entry=\"3000\" "
                                        "teal.health=\"/\"\n"));
    CHECK_THAT(found, ContainsSubstring("worker: color ()\n"));
    CHECK_THAT(found, ContainsSubstring("db: shared (volume pgdata)\n"));
    CHECK_THAT(found, ContainsSubstring("cache: shared (image redis keeps data) "
                                        "teal.shared=\"true\"\n"));
    CHECK_THAT(found, ContainsSubstring("nginx: shared (takes requests for the others)"));
    CHECK_THAT(found, ContainsSubstring("! nginx: colors are switched by an nginx with Teal's"));
}

TEST_CASE("without published ports, exposed ones count, then names, then what is alone") {
    CHECK_THAT(proposed({{"front", {{"expose", {"8000/tcp"}}}}, {"web", json::object()}}),
               ContainsSubstring("front: split front (exposes port 8000) teal.entry=\"8000\"") &&
                   ContainsSubstring("web: color"));
    CHECK_THAT(
        proposed({{"web-app", {{"environment", {{"PORT", "5000"}}}}}, {"jobs", json::object()}}),
        ContainsSubstring("web-app: split web_app (is named web-app) teal.entry=\"5000\" "
                          "teal.split=\"web_app\""));
    CHECK_THAT(proposed({{"thing", json::object()}, {"redis", {{"image", "redis"}}}}),
               ContainsSubstring("thing: split thing (no other service could) "
                                 "teal.entry=\"PORT\"") &&
                   ContainsSubstring("! thing: write the port"));
    CHECK_THAT(proposed({{"one", json::object()}, {"two", json::object()}}),
               ContainsSubstring("! no service looks like one that answers requests"));
    // An nginx that is the application itself.
    CHECK_THAT(proposed({{"nginx", {{"image", "nginx"}, {"ports", {port(80)}}}}}),
               ContainsSubstring("nginx: split nginx (publishes port 80)"));
}

TEST_CASE("what is labelled already is kept, and nothing is proposed against it") {
    const ProjectProposal shop = propose_compose(tests::shop(), tests::shop_settings());
    CHECK_THAT(text_of(shop), ContainsSubstring("web: split app (label teal.entry)\n") &&
                                  ContainsSubstring("cache: shared (label teal.shared)\n"));
    CHECK(shop.is_complete());
    CHECK(shop.splits() == std::vector<std::string>{"app"});

    const json services = {{"api",
                            {{"labels", {{"teal.entry", "80"}}},
                             {"healthcheck", {{"test", "curl http://localhost/up"}}}}},
                           {"web", {{"ports", {port(3000)}}}}};
    CHECK_THAT(proposed(services),
               ContainsSubstring("api: split api (label teal.entry) teal.health=\"/up\"\n") &&
                   ContainsSubstring("web: color ()\n"));
}

TEST_CASE("a service named web with a volume is asked about") {
    CHECK_THAT(proposed({{"web",
                          {{"ports", {port(3000)}},
                           {"volumes", {{{"type", "volume"}, {"source", "uploads"}}}}}},
                         {"api", {{"ports", {port(80)}}}}}),
               ContainsSubstring("web: shared (volume uploads)") &&
                   ContainsSubstring("! web: is taken as shared") &&
                   ContainsSubstring("api: split api"));
}

TEST_CASE("a health check's URL gives path and port") {
    const auto words = [](const std::string& command) {
        const HealthWords health = health_of(checked_by(command));
        return health.words + " " + std::to_string(health.port);
    };
    CHECK(words("curl -f http://localhost:3000/healthz || exit 1") == "/healthz 3000");
    CHECK(words("wget -qO- 'http://127.0.0.1/up?full=1'") == "/up?full=1 0");
    CHECK(words("curl -k \"https://localhost:8443/\"") == "https:/ 8443");
    CHECK(words("curl http://[::1]:80") == "/ 80");
    CHECK(words("curl http://localhost:$$PORT/x") == "/x 0");
    CHECK(words("pg_isready -U postgres") == "/ 0");
    CHECK(health_of({{"healthcheck", {{"disable", true}}}}).words == "/");
    CHECK(health_of(json::object()).words == "/");
    // It also says which of several ports answers requests.
    json service = checked_by("curl http://localhost:3000/healthz");
    service["ports"] = {port(9000), port(3000)};
    CHECK_THAT(proposed({{"web", service}}),
               ContainsSubstring("teal.entry=\"3000\" teal.health=\"/healthz\""));
}

TEST_CASE("names of stores and of splits") {
    for (const char* store :
         {"postgres", "postgres:15@sha256:aa", "ghcr.io/x/redis-stack", "db", "mysql_primary"}) {
        CHECK(is_store(store));
    }
    for (const char* other : {"web", "dbt-runner", "redisinsight", "app:redis"}) {
        CHECK_FALSE(is_store(other));
    }
    CHECK(split_name_for("web-app.v2") == "web_app_v2");
    CHECK(split_name_for(std::string(80, 'a')).size() == 63);
}

TEST_CASE("of a Procfile web is the entry, and stores are shared") {
    CHECK(of_procfile("web: x\nworker: y\ndb: exec postgres -D data\n") ==
          "web: split web (is named web) entry=true health=\"/\"\n"
          "worker: color ()\n"
          "db: shared (keeps data) shared=true\n");
    CHECK_THAT(of_procfile("jobs: x\napi-v1: y\n"),
               ContainsSubstring("api-v1: split api_v1 (is named api-v1) entry=true "
                                 "split=\"api_v1\""));
    CHECK_THAT(of_procfile("thing: x\nq: A=1 exec /usr/bin/redis-server\n"),
               ContainsSubstring("thing: split thing (no other process could)") &&
                   ContainsSubstring("q: shared"));
    CHECK_THAT(of_procfile("one: x\ntwo: y\n"), ContainsSubstring("! no process looks like"));
    Settings settings;
    settings.toml_file = "/srv/shop/teal.toml";
    settings.services["one"].entry = true;
    settings.services["web"].entry = false;
    CHECK(of_procfile("web: x\none: y\n", settings) ==
          "web: color ()\none: split one (teal.toml)\n");
}

TEST_CASE("init of a Procfile project writes what is missing, once, and can be repeated") {
    const Directory shop;
    shop.write("Procfile", "web-app: exec sleep 100\ndb: exec postgres\n");
    REQUIRE(harness::run({"git", "-C", shop.project.string(), "init", "-q", "."}).exit_code == 0);

    const CommandResult dry = shop.init({"--dry-run"});
    INFO(dry.output << dry.errors);
    CHECK(dry.code == 0);
    CHECK_THAT(dry.output, ContainsSubstring("teal.toml would be written") &&
                               ContainsSubstring("dry run: nothing was made"));
    CHECK_FALSE(fs::exists(shop.project / "teal.toml"));
    CHECK_FALSE(fs::exists(shop.table));

    const CommandResult first = shop.init();
    INFO(first.output << first.errors);
    REQUIRE(first.code == 0);
    CHECK_THAT(first.output, ContainsSubstring("teal_split web_app {") &&
                                 ContainsSubstring("pin     $http_x_teal_variant;") &&
                                 ContainsSubstring("retry   safe;") &&
                                 ContainsSubstring("proxy_pass http://web_app;") &&
                                 ContainsSubstring("echo .teal/ >> .gitignore") &&
                                 ContainsSubstring("teal upgrade perform"));
    const std::string toml = fixtures::bytes_of((shop.project / "teal.toml").string());
    CHECK(shop.image().find("web_app") != nullptr);
    // What was written is what deployments read: the plan needs no flag.
    const CommandResult plan =
        tests::run_teal({"upgrade", "plan", "--json", "-C", shop.project.string()});
    INFO(plan.output << plan.errors);
    const json planned = json::parse(plan.output);
    CHECK(planned["services"][0]["split"] == "web_app");
    CHECK(planned["services"][1]["shared"] == true);
    CHECK_THAT(planned["hindrances"].dump(), ContainsSubstring(shop.place.path()));

    shop.write("teal.toml", toml + "# mine\n");
    const std::uint64_t generation = shop.image().generation;
    shop.write(".gitignore", ".teal/\n");
    const CommandResult again = shop.init({"--json"});
    CHECK(again.code == 0);
    const json repeated = json::parse(again.output);
    CHECK(repeated["teal_toml"].is_null());
    CHECK(repeated["gitignore"].is_null());
    CHECK(repeated["splits"]["web_app"]["created"] == false);
    CHECK(shop.image().generation == generation);
    CHECK(fixtures::bytes_of((shop.project / "teal.toml").string()) == toml + "# mine\n");
    CHECK(std::distance(fs::directory_iterator(shop.project), {}) == 4);  // no leftovers
}

TEST_CASE("init without a table to make proposes all the same and returns 1") {
    const Directory shop;
    shop.write("Procfile", "web: exec sleep 100\n");
    const CommandResult result =
        tests::run_teal({"init", "-C", shop.project.string(), "--table", "/proc/nowhere/table"});
    CHECK(result.code == 1);
    CHECK_THAT(result.output, ContainsSubstring("split web") &&
                                  ContainsSubstring("the table was not made: ") &&
                                  ContainsSubstring("next: "));
    CHECK_THAT(shop.init({"--variants", "a,b"}).errors, ContainsSubstring("add --split"));
}

TEST_CASE("a plain split's snippet has a pin, and an experiment's no shield") {
    const Directory empty;
    const std::string deployments = empty.init({"--split", "app"}).output;
    CHECK_THAT(deployments, ContainsSubstring("pin     $http_x_teal_variant;") &&
                                ContainsSubstring("retry   safe;"));
    const std::string experiment = empty.init({"--split", "price", "--variants", "a,b"}).output;
    CHECK_THAT(experiment, ContainsSubstring("pin     $http_x_teal_variant;") &&
                               !ContainsSubstring("retry   safe;"));
}
