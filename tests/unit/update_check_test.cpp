// What `teal upgrade check` makes of registries, upstreams and versions. Registries themselves:
// tests/e2e/upgrade_check_test.cpp.
#include "cli/updates/registry.hpp"
#include "cli/updates/updates.hpp"
#include "teal_version.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/process.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace teal;
using namespace teal::cli;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

struct Repositories {
    fixtures::TemporaryDirectory place;
    fs::path upstream = fs::path(place.path()) / "upstream.git";
    fs::path here = fs::path(place.path()) / "here";
    fs::path there = fs::path(place.path()) / "there";

    Repositories() {
        git(place.path(), {"init", "-q", "--bare", "-b", "main", upstream.string()});
        git(place.path(), {"clone", "-q", upstream.string(), there.string()});
        git(there, {"checkout", "-q", "-b", "main"});
        commit(there);
        git(there, {"push", "-q", "-u", "origin", "main"});
        git(place.path(), {"clone", "-q", upstream.string(), here.string()});
    }
    static std::string git(const fs::path& directory, std::vector<std::string> words) {
        words.insert(words.begin(), {"git", "-c", "user.name=a", "-c", "user.email=a@b", "-C",
                                     directory.string()});
        const harness::RunResult result = harness::run(words);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return result.out;
    }
    static void commit(const fs::path& directory) {
        git(directory, {"commit", "-q", "--allow-empty", "-m", "more"});
    }
    SourceUpdate ask() const { return source_update(here, 10s); }
};

constexpr char kManifest[] = R"({"Ref":"r","Descriptor":{"digest":"sha256:m1"},
    "SchemaV2Manifest":{"config":{"digest":"sha256:c1"}}})";

}  // namespace

TEST_CASE("a registry's answer: one manifest, several platforms, or nothing usable") {
    const RegistryAnswer one = parse_manifests(kManifest);
    CHECK(one.problem.empty());
    CHECK(one.digest == "sha256:m1");
    CHECK(one.has("sha256:c1"));
    CHECK_FALSE(one.has("sha256:c2"));
    CHECK_FALSE(one.has(""));
    CHECK_FALSE(one.is_list);
    const RegistryAnswer list = parse_manifests(
        std::string("[") + kManifest +
        R"(,{"Descriptor":{"digest":"sha256:m2"},"OCIManifest":{"config":{"digest":"sha256:c2"}}}])");
    CHECK(list.is_list);
    CHECK(list.has("sha256:m1"));
    CHECK(list.has("sha256:c2"));
    for (const char* text : {"", "{}", "[]", "null", "no JSON", "{\"Descriptor\":3}"}) {
        CHECK_FALSE(parse_manifests(text).problem.empty());
    }
}

TEST_CASE("which registry, and whether docker takes it without TLS") {
    CHECK(registry_host("redis:7") == "docker.io");
    CHECK(registry_host("shop/web") == "docker.io");
    CHECK(registry_host("localhost/web") == "localhost");
    CHECK(registry_host("registry.example:5000/shop/web:1") == "registry.example:5000");
    const std::string config = R"({"IndexConfigs":{"docker.io":{"Secure":true},
        "registry.lan:5000":{"Secure":false}},"InsecureRegistryCIDRs":["127.0.0.0/8","10.1.0.0/16"]})";
    CHECK(is_insecure("127.0.0.1:5000", config));
    CHECK(is_insecure("localhost:5000", config));
    CHECK(is_insecure("10.1.2.3:5000", config));
    CHECK(is_insecure("registry.lan:5000", config));
    CHECK_FALSE(is_insecure("10.2.2.3:5000", config));
    CHECK_FALSE(is_insecure("registry.example:5000", config));
    CHECK_FALSE(is_insecure("docker.io", config));
    CHECK_FALSE(is_insecure("registry.example:5000", "no JSON"));
}

TEST_CASE("images without a registry are not asked for") {
    StackDefinition definition;
    Service built;
    built.name = "web";
    built.built = true;
    Service fixed;
    fixed.name = "db";
    fixed.image = "postgres@sha256:aa";
    fixed.shared = true;
    definition.services = {built, fixed};
    const auto updates = image_updates(definition, 1s);
    REQUIRE(updates.size() == 2);
    CHECK(updates[0].state == UpdateState::fixed);
    CHECK(updates[1].state == UpdateState::fixed);
    CHECK(updates[1].local == "sha256:aa");
    definition.kind = StackKind::procfile;
    CHECK(image_updates(definition, 1s).empty());
}

TEST_CASE("commits upstream are noticed, known ones counted, and nothing is fetched") {
    const Repositories git;
    CHECK(git.ask().state == UpdateState::current);
    CHECK(git.ask().upstream == "origin/main");

    git.commit(git.there);
    git.commit(git.there);
    git.git(git.there, {"push", "-q"});
    const SourceUpdate unknown_ones = git.ask();
    CHECK(unknown_ones.state == UpdateState::newer);
    CHECK_FALSE(unknown_ones.behind);
    CHECK(unknown_ones.remote != unknown_ones.local);
    CHECK(git.ask().state == UpdateState::newer);
    CHECK_FALSE(git.ask().behind);  // still: the question before has brought nothing here

    git.git(git.here, {"fetch", "-q"});
    CHECK(git.ask().behind == 2u);
    git.git(git.here, {"pull", "-q"});
    git.commit(git.here);
    CHECK(git.ask().state == UpdateState::current);  // ahead
}

TEST_CASE("an upstream that cannot be asked is unknown, with the reason") {
    const Repositories git;
    SECTION("it is gone") {
        fs::remove_all(git.upstream);
        CHECK_THAT(git.ask().reason, ContainsSubstring("upstream.git"));
    }
    SECTION("it has no such branch any more") {
        git.git(git.upstream, {"branch", "-m", "main", "other"});
        CHECK(git.ask().reason == "origin has no main");
    }
    SECTION("there is none") {
        git.git(git.here, {"checkout", "-q", "-b", "mine"});
        CHECK_THAT(git.ask().reason, ContainsSubstring("branch mine has no upstream"));
    }
    SECTION("no branch is checked out") {
        git.git(git.here, {"checkout", "-q", "--detach"});
        CHECK(git.ask().reason == "no branch is checked out");
    }
    SECTION("no work tree") {
        fs::remove_all(git.here / ".git");
        CHECK(git.ask().reason == "no git work tree with a commit");
    }
    SECTION("it wants a password") {
        harness::Backend server("git");
        server.behave({.status = 401, .fields = {{"WWW-Authenticate", "Basic realm=\"git\""}}});
        git.git(git.here, {"remote", "set-url", "origin", "http://" + server.address() + "/x.git"});
        // Nobody is asked, neither at a terminal nor by a program that the user has for it.
        setenv("GIT_ASKPASS", "/bin/echo", 1);
        const SourceUpdate update = source_update(git.here, 20s);
        unsetenv("GIT_ASKPASS");
        CHECK_THAT(update.reason, ContainsSubstring("terminal prompts disabled"));
        CHECK(server.requests() > 0);
    }
    SECTION("it does not answer") {
        git.git(git.here, {"remote", "set-url", "origin", "ext::sleep 100"});
        git.git(git.here, {"config", "protocol.ext.allow", "always"});
        CHECK(source_update(git.here, 300ms).reason == "origin did not answer in time");
    }
    CHECK(git.ask().state == UpdateState::unknown);
}

TEST_CASE("the module that runs is compared with the one that is installed") {
    const fixtures::TemporaryDirectory place;
    const std::string table = place / "table";
    CHECK(software_updates(NginxView(place / "counters"))[0].state == UpdateState::unknown);
    REQUIRE(tests::run_teal({"init", "--split", "app", "--table", table}).code == 0);
    const tests::SimulatedNginx nginx(table, {{"app", {"blue", "green"}, true, ""}}, 1);
    const auto updates = software_updates(NginxView(place / "counters"));
    CHECK(updates[0].name == "nginx module");
    CHECK(updates[0].state == UpdateState::current);
    CHECK(updates[0].running == kVersion);
    counters::File file;
    int error = 0;
    REQUIRE(file.open((place / "counters").c_str(), Access::read_write, &error) ==
            counters::Opened::ok);
    std::snprintf(file.header().module_version, sizeof(file.header().module_version), "0.0.1");
    std::snprintf(file.header().server_version, sizeof(file.header().server_version), "1.0.0");
    const auto older = software_updates(NginxView(place / "counters"));
    CHECK(older[0].state == UpdateState::newer);
    CHECK(older[0].running == "0.0.1");
    CHECK_THAT(older[0].next_step, ContainsSubstring("restart nginx"));
    CHECK(older[1].running == "1.0.0");
    CHECK(older[1].state == UpdateState::newer);
    CHECK_THAT(older[1].next_step, ContainsSubstring("build the module"));
}

TEST_CASE("upgrade check returns 0 whatever it finds, and 2 for wrong words") {
    const Repositories git;
    std::ofstream(git.here / "Procfile") << "web: sleep 100\n";
    git.commit(git.there);
    git.git(git.there, {"push", "-q"});
    const std::vector<std::string> base = {"-C", git.here.string(), "--table", git.place / "table"};
    const auto check = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"upgrade", "check"});
        words.insert(words.end(), base.begin(), base.end());
        return tests::run_teal(words);
    };
    const tests::CommandResult json = check({"--json"});
    INFO(json.output << json.errors);
    CHECK(json.code == 0);
    const auto answer = nlohmann::json::parse(json.output);
    CHECK(answer["newer"] == 1);
    CHECK(answer["git"]["state"] == "newer");
    CHECK(answer["images"].empty());
    const tests::CommandResult text = check({});
    CHECK_THAT(text.output, ContainsSubstring("origin/main") && ContainsSubstring("newer: 1") &&
                                ContainsSubstring("git pull"));
    CHECK(check({"--timeout", "soon"}).code == 2);
    fs::remove_all(git.upstream);
    CHECK(check({}).code == 0);
}
