// Settings from teal.toml, the environment and flags: who wins, and what is refused.
#include "cli/project/settings.hpp"
#include "cli/error.hpp"
#include "cli/project/project_directory.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

// A variable for the time of a test.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
    ~Variable() { unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

class Project {
public:
    explicit Project(const std::string& toml) { write("teal.toml", toml); }
    void write(const std::string& name, const std::string& text) const {
        fs::create_directories(fs::path(directory_ / name).parent_path());
        std::ofstream(directory_ / name) << text;
    }
    std::string path() const { return directory_.path(); }
    ProjectOptions options() const {
        ProjectOptions options;
        options.directory = directory_.path();
        return options;
    }
    Settings settings() const { return load_settings(options()); }
    // What is said about the settings, with what to do.
    std::string refusal() const {
        try {
            settings();
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::usage);
            return std::string(error.what()) + " / " + error.next_step();
        }
        return "taken";
    }

private:
    teal::fixtures::TemporaryDirectory directory_;
};

std::string refused(const std::string& toml) {
    return Project(toml).refusal();
}

}  // namespace

TEST_CASE("without a word of the user the guide's defaults hold") {
    const Project project("");
    const Settings settings = project.settings();
    CHECK(settings.directory == project.path());
    CHECK(settings.deployment_directory == project.path() + "/.teal/deployments");
    CHECK(settings.rollback_limit == 5);
    CHECK_FALSE(settings.auto_switch);
    CHECK(settings.health_timeout_s == 60);
    CHECK(settings.health_interval_s == 2);
    CHECK(settings.table == "/run/teal/table");
    CHECK(settings.stack == "auto");
}

TEST_CASE("every key of teal.toml goes where it belongs") {
    const Project project(R"(
[project]
name = "shop"
stack = "procfile"
files = ["compose.yaml", "more.yaml"]
profiles = "web"
reach = "published"
migrations = "db/migrations"
migrations_in_transaction = true
migrations_pg_version = 14
build = ["make", "-j2", "two words"]
[deployment]
directory = "releases"
rollback_limit = 7
auto_switch = true
auto_cleanup = true
watch = 0.5
drain_timeout = 90
stop_grace = 3
[health]
timeout = 120
interval = 0.25
successes = 4
[nginx]
table = "run/table"
counters = "/run/counters"
url = "http://127.0.0.1:8080"
[services.web]
entry = true
replicas = 3
split = "shop_web"
host = "shop.example"
[services.api]
entry = 3000
critical = false
[services."data base"]
shared = true
)");
    const Settings settings = project.settings();
    CHECK(settings.toml_file == project.path() + "/teal.toml");
    CHECK(settings.project_name == "shop");
    CHECK(settings.stack == "procfile");
    CHECK(settings.files == std::vector<std::string>{project.path() + "/compose.yaml",
                                                     project.path() + "/more.yaml"});
    CHECK(settings.profiles == std::vector<std::string>{"web"});
    CHECK(settings.reach == "published");
    CHECK(settings.migrations == project.path() + "/db/migrations");
    CHECK(settings.migrations_in_transaction);
    CHECK(settings.migrations_pg_version == 14);
    CHECK(settings.build == std::vector<std::string>{"make", "-j2", "two words"});
    CHECK(settings.deployment_directory == project.path() + "/releases");
    CHECK(settings.rollback_limit == 7);
    CHECK(settings.auto_switch);
    CHECK(settings.auto_cleanup);
    CHECK(settings.watch_s == 0.5);
    CHECK(settings.drain_timeout_s == 90);
    CHECK(settings.stop_grace_s == 3);
    CHECK(settings.health_timeout_s == 120);
    CHECK(settings.health_interval_s == 0.25);
    CHECK(settings.health_successes == 4);
    CHECK(settings.table == project.path() + "/run/table");
    CHECK(settings.counters == "/run/counters");
    CHECK(settings.nginx_url == "http://127.0.0.1:8080");
    REQUIRE(settings.services.size() == 3);
    CHECK(settings.services.at("web").replicas == 3u);
    CHECK(settings.services.at("web").split == "shop_web");
    CHECK(settings.services.at("web").host == "shop.example");
    CHECK(settings.services.at("api").entry == true);
    CHECK(settings.services.at("api").port == 3000u);
    CHECK(settings.services.at("api").critical == false);
    CHECK(settings.services.at("data base").shared == true);
}

TEST_CASE("a flag goes over a variable, a variable over the file") {
    const Project project("[project]\nname = \"file\"\n[nginx]\ntable = \"/file\"\n");
    CHECK(project.settings().project_name == "file");
    const Variable name("COMPOSE_PROJECT_NAME", "variable");
    const Variable table("TEAL_TABLE", "/variable");
    CHECK(project.settings().project_name == "variable");
    CHECK(project.settings().table == "/variable");
    ProjectOptions options = project.options();
    options.project_name = "flag";
    options.table = "/flag";
    CHECK(load_settings(options).project_name == "flag");
    CHECK(load_settings(options).table == "/flag");
}

TEST_CASE("the guide's variables are read, and one set to nothing is not set") {
    const Project project("[deployment]\nrollback_limit = 9\n");
    const Variable directory("DEPLOYMENT_DIR", ".nself/deployments");
    const Variable timeout("HEALTH_CHECK_TIMEOUT", "120");
    const Variable interval("HEALTH_CHECK_INTERVAL", "0.5");
    const Variable automatic("AUTO_SWITCH", "True");
    const Variable limit("ROLLBACK_LIMIT", "");
    const Settings settings = project.settings();
    CHECK(settings.deployment_directory == project.path() + "/.nself/deployments");
    CHECK(settings.health_timeout_s == 120);
    CHECK(settings.health_interval_s == 0.5);
    CHECK(settings.auto_switch);
    CHECK(settings.rollback_limit == 9);
}

TEST_CASE("a wrong variable is named with its value and what is accepted") {
    const Project project("");
    {
        const Variable wrong("HEALTH_CHECK_TIMEOUT", "soon");
        CHECK(project.refusal() ==
              "HEALTH_CHECK_TIMEOUT is \"soon\" / use a number of seconds, 0 to 86400");
    }
    {
        const Variable wrong("AUTO_SWITCH", "maybe");
        CHECK_THAT(project.refusal(), ContainsSubstring("AUTO_SWITCH is \"maybe\" / use true"));
    }
    {
        const Variable wrong("ROLLBACK_LIMIT", "0");
        CHECK_THAT(project.refusal(), ContainsSubstring("ROLLBACK_LIMIT is \"0\""));
    }
    {
        const Variable wrong("HEALTH_CHECK_INTERVAL", "nan");
        CHECK_THAT(project.refusal(), ContainsSubstring("HEALTH_CHECK_INTERVAL is \"nan\""));
    }
    {
        const Variable wrong("COMPOSE_PROJECT_NAME", "My Shop");
        CHECK_THAT(project.refusal(), ContainsSubstring("\"My Shop\""));
    }
    CHECK(project.refusal() == "taken");
}

TEST_CASE("a wrong value in teal.toml is named with file, line and key") {
    CHECK_THAT(
        refused("[health]\n\ntimeout = \"60\"\n"),
        ContainsSubstring("teal.toml:3: health.timeout is \"60\" / use a number of seconds"));
    CHECK_THAT(refused("[deployment]\nauto_switch = 3\n"),
               ContainsSubstring("teal.toml:2: deployment.auto_switch is 3 / use true or false"));
    CHECK_THAT(refused("[project]\nstack = \"compos\"\n"),
               ContainsSubstring("(did you mean \"compose\"?)"));
    CHECK_THAT(refused("[deployment]\nrollback_limit = 2.5\n"), ContainsSubstring("is 2.5"));
    CHECK_THAT(refused("[project]\nfiles = [1, 2]\n"),
               ContainsSubstring("project.files is a list"));
    CHECK_THAT(refused("[health]\ntimeout = 2024-01-01\n"), ContainsSubstring("is a date"));
    CHECK_THAT(refused("[services.web]\nsplit = \"a-b\"\n"),
               ContainsSubstring("services.web.split is \"a-b\" / use 1 to 63 letters"));
    CHECK_THAT(refused("[nginx]\nurl = \"localhost\"\n"), ContainsSubstring("nginx.url"));
    CHECK_THAT(refused("[project]\nname =\n"), ContainsSubstring("teal.toml:2: "));
    CHECK_THAT(refused("[services.web]\nentry = 70000\n"), ContainsSubstring("1 to 65535"));
}

TEST_CASE("an unknown key is refused with the key that was meant") {
    CHECK_THAT(refused("[deployment]\nrolback_limit = 5\n"),
               ContainsSubstring("teal.toml:2: deployment.rolback_limit: there is no such key (did "
                                 "you mean \"rollback_limit\"?)"));
    CHECK_THAT(refused("[helth]\ntimeout = 5\n"), ContainsSubstring("(did you mean \"health\"?)"));
    CHECK_THAT(refused("[services.web]\nreplica = 5\n"),
               ContainsSubstring("(did you mean \"replicas\"?)"));
    CHECK_THAT(refused("services = 3\n"), ContainsSubstring("there is no such key"));
    CHECK_THAT(refused("[services]\nweb = true\n"), ContainsSubstring("there is no such key"));
    CHECK_THAT(refused("[health.timeout]\nsoon = 3\n"), ContainsSubstring("there is no such key"));
}

TEST_CASE("the project is the nearest directory above that says so") {
    const Project project("");
    project.write("shop/compose.yml", "services: {}\n");
    project.write("shop/src/deep/file", "");
    project.write("other/file", "");
    project.write("app/Procfile", "web: true\n");
    ProjectOptions options = project.options();
    const std::string top = options.directory;
    const auto found = [&](const std::string& start) {
        options.directory = top + start;
        return load_settings(options).directory.string();
    };
    CHECK(found("/shop/src/deep") == top + "/shop");
    CHECK(found("/shop") == top + "/shop");
    CHECK(found("/app") == top + "/app");
    CHECK(found("/other") == top);
    options.directory = top + "/nowhere";
    CHECK_THROWS_WITH(load_settings(options), ContainsSubstring("nowhere\" is not a directory"));
}

TEST_CASE("compose's own variables for files and profiles go over the file's lists") {
    const Project project("[project]\nfiles = [\"a.yaml\"]\nprofiles = [\"web\"]\n");
    CHECK(project.settings().files.size() == 1);
    const Variable files("COMPOSE_FILE", "b.yaml");
    const Variable profiles("COMPOSE_PROFILES", "worker");
    CHECK(project.settings().files.empty());
    CHECK(project.settings().profiles.empty());
    ProjectOptions options = project.options();
    options.files = {"c.yaml"};
    CHECK(load_settings(options).files == std::vector<std::string>{project.path() + "/c.yaml"});
}

TEST_CASE("a directory's name becomes a project's as compose does it") {
    CHECK(project_name_for("/srv/My Shop_2") == "myshop_2");
    CHECK(project_name_for("/srv/_-shop") == "shop");
    CHECK(project_name_for("/srv/Überladen") == "berladen");
    CHECK(project_name_for("/srv/日本") == "project");
}
