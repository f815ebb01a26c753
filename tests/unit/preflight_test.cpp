// What stops a deployment before it begins: each finding provoked on files, tables and (simulated)
// workers of its own.
#include "cli/diagnosis/preflight.hpp"
#include "cli/diagnosis/docker_facts.hpp"
#include "cli/diagnosis/host_checks.hpp"
#include "cli/diagnosis/project_checks.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"
#include "tests/unit/findings_text.hpp"

#include <sys/stat.h>
#include <filesystem>
#include <fstream>

using namespace teal;
using Catch::Matchers::ContainsSubstring;
using tests::SimulatedNginx;
using tests::text_of;

namespace {

constexpr char kRules[] = "key $remote_addr\npin $http_x_teal_variant\ndefault blue\n";

cli::StackDefinition shop(const std::vector<std::string>& splits) {
    cli::StackDefinition definition;
    definition.kind = cli::StackKind::procfile;
    definition.project = "shop";
    definition.files = {"Procfile"};
    for (const std::string& split : splits) {
        cli::Service service;
        service.name = split + "-service";
        service.entry = cli::Entry{split};
        definition.services.push_back(service);
    }
    return definition;
}

// A stack that only says what it consists of: preflight must not ask for more.
class StackOnPaper : public cli::Stack {
public:
    explicit StackOnPaper(cli::StackDefinition definition) : definition_(std::move(definition)) {}
    const cli::StackDefinition& definition() override { return definition_; }
    std::string project() override { return definition_.project; }
    std::vector<cli::SnapshotFile> snapshot_files(cli::Color, const std::string&) override {
        throw std::logic_error("asked for a snapshot");
    }
    std::vector<cli::SnapshotFile> recolored_files(const cli::SnapshotRef&, cli::Color,
                                                   const std::string&) override {
        throw std::logic_error("asked for a snapshot");
    }
    std::vector<cli::ImageRecord> fetch_images(cli::Color, const cli::SnapshotRef&, cli::Fetch,
                                               cli::Progress&) override {
        throw std::logic_error("asked for images");
    }
    void verify_images(const std::vector<cli::ImageRecord>&, cli::Progress&) override {}
    void unpin_images(const std::string&, const std::set<std::string>&) override {}
    void start_shared(const cli::SnapshotRef&, std::chrono::seconds, cli::Progress&) override {
        throw std::logic_error("asked to start");
    }
    void bring_up(cli::Color, const cli::SnapshotRef&, cli::Progress&) override {
        throw std::logic_error("asked to start");
    }
    std::vector<cli::Instance> instances(cli::Color) override { return {}; }
    std::vector<cli::Instance> shared_instances() override { return {}; }
    void stop(cli::Color, std::chrono::seconds, cli::Removal, cli::Progress&) override {}
    void stop_shared(std::chrono::seconds, cli::Removal, cli::Progress&) override {}
    std::string last_lines(const cli::Instance&, unsigned) override { return {}; }
    int show_logs(cli::Color, const cli::LogRequest&) override { return 0; }

private:
    cli::StackDefinition definition_;
};

struct Project {
    fixtures::TemporaryDirectory directory;
    std::string table = directory / "table";
    cli::Settings settings;

    Project() {
        settings.directory = directory.path();
        settings.deployment_directory = directory / "deployments";
        settings.table = table;
    }
    void init(const std::string& split, const std::string& variants = "blue,green") const {
        REQUIRE(
            tests::run_teal({"init", "--split", split, "--variants", variants, "--table", table})
                .code == 0);
    }
    cli::Findings preflight(const std::vector<std::string>& splits) const {
        StackOnPaper stack(shop(splits));
        return cli::preflight(settings, stack);
    }
    std::string found(const std::vector<std::string>& splits) const {
        return text_of(preflight(splits));
    }
};

}  // namespace

TEST_CASE("a project that nginx knows passes preflight, and nothing is made by looking") {
    const Project shop;
    shop.init("app");
    const SimulatedNginx nginx(shop.table, {{"app", {"blue", "green"}, true, kRules}}, 2);
    const cli::Findings findings = shop.preflight({"app"});
    INFO(text_of(findings));
    CHECK(findings.count(cli::Severity::problem) == 0);
    CHECK_FALSE(std::filesystem::exists(shop.settings.deployment_directory));
}

TEST_CASE("preflight names what nginx lacks for an entry") {
    const Project shop;
    shop.init("app");
    shop.init("bare");
    shop.init("half");
    shop.init("idle");
    shop.init("experiment", "a,b");
    const SimulatedNginx nginx(shop.table,
                               {{"app", {"blue", "green"}, true, kRules},
                                {"bare", {"blue", "green"}, true, "key $remote_addr\n"},
                                {"half", {"blue"}, true, kRules},
                                {"idle", {"blue", "green"}, false, kRules},
                                {"experiment", {"blue", "green"}, true, kRules},
                                {"tableless", {"blue", "green"}, true, kRules}},
                               1);
    CHECK_THAT(shop.found({"bare"}), ContainsSubstring("problem entry bare-service: split bare has "
                                                       "no pin"));
    CHECK_THAT(shop.found({"half"}), ContainsSubstring("no variant green in nginx.conf"));
    CHECK_THAT(shop.found({"idle"}), ContainsSubstring("no upstream of nginx.conf has \"teal "
                                                       "idle;\""));
    CHECK_THAT(shop.found({"experiment"}), ContainsSubstring("no variant blue in the table"));
    CHECK_THAT(shop.found({"tableless"}), ContainsSubstring("split tableless is not in the table"));
    CHECK_THAT(shop.found({"nowhere"}), ContainsSubstring("split nowhere is not in nginx.conf"));
    CHECK_THAT(shop.found({}), ContainsSubstring("no service is an entry"));
    CHECK_THAT(shop.found({"app", "app"}), ContainsSubstring("both entries of split app"));
}

TEST_CASE("preflight stops without a table and without a running nginx, not after a reboot") {
    const Project shop;
    CHECK_THAT(shop.found({"app"}), ContainsSubstring("problem table: "));
    shop.init("app");
    CHECK_THAT(shop.found({"app"}), ContainsSubstring("problem counters: "));
    { const SimulatedNginx ended(shop.table, {{"app", {"blue", "green"}, true, kRules}}, 1); }
    CHECK_THAT(shop.found({"app"}), ContainsSubstring("problem workers: no live nginx worker"));

    std::filesystem::remove(shop.directory / "counters");
    const SimulatedNginx nginx(shop.table, {{"app", {"blue", "green"}, true, kRules}}, 1);
    CHECK(shop.preflight({"app"}).count(cli::Severity::problem) == 0);
    // A reboot: the table is gone, its saved copy is not.
    std::filesystem::rename(shop.table, shop.table + ".away");
    CHECK_THAT(shop.found({"app"}), ContainsSubstring("comes back from its saved copy"));
    CHECK_FALSE(std::filesystem::exists(shop.table));
}

TEST_CASE("secrets of snapshots that others can read are a problem, and so is a file in the way") {
    const Project shop;
    const std::filesystem::path copy =
        shop.settings.deployment_directory / "green-20261124-101530/.env";
    std::filesystem::create_directories(copy.parent_path());
    std::ofstream(copy) << "PASSWORD=x\n";
    const auto check = [&] {
        cli::Findings findings;
        cli::check_deployment_directory(shop.settings.deployment_directory, findings);
        return text_of(findings);
    };
    REQUIRE(chmod(copy.c_str(), 0600) == 0);
    CHECK_THAT(check(), ContainsSubstring("ok deployments"));
    REQUIRE(chmod(copy.c_str(), 0640) == 0);
    CHECK_THAT(check(), ContainsSubstring("chmod 600 " + copy.string()));
    REQUIRE(chmod(shop.settings.deployment_directory.c_str(), 0777) == 0);
    CHECK_THAT(check(), ContainsSubstring("everybody may change"));
    std::filesystem::remove_all(shop.settings.deployment_directory);
    std::ofstream(shop.settings.deployment_directory) << "a file\n";
    CHECK_THAT(check(), ContainsSubstring("is not a directory"));
}

TEST_CASE("room is measured where a directory is going to be") {
    const fixtures::TemporaryDirectory directory;
    const std::filesystem::path later = directory / "not/yet/there";
    const auto check = [&](std::uint64_t problem, std::uint64_t warning) {
        cli::Findings findings;
        cli::check_free_space("disk", later, {problem, warning, "free some"}, findings);
        return text_of(findings);
    };
    constexpr std::uint64_t kMoreThanAnybodyHas = std::uint64_t{1} << 60;
    CHECK_THAT(check(0, 0), ContainsSubstring("ok disk"));
    CHECK_THAT(check(0, kMoreThanAnybodyHas), ContainsSubstring("warning disk"));
    CHECK_THAT(check(kMoreThanAnybodyHas, kMoreThanAnybodyHas), ContainsSubstring("problem disk"));
    CHECK_FALSE(std::filesystem::exists(directory / "not"));
}

TEST_CASE("docker's answer is read: engine, client, compose, or why there is none") {
    cli::CommandResult info;
    info.exit_code = 0;
    info.out = R"({"ServerVersion":"20.10.24","DockerRootDir":"/var/lib/docker","Name":"web1",
        "ClientInfo":{"Version":"28.2.2","Plugins":[{"Name":"compose","Version":"v2.26.1"}]}})";
    cli::DockerFacts facts = cli::docker_facts(info);
    CHECK(facts.reachable);
    CHECK(facts.server_version == "20.10.24");
    CHECK(facts.compose_version == "v2.26.1");
    CHECK(facts.root_dir == "/var/lib/docker");
    CHECK(facts.host == "web1");

    SECTION("an engine that refuses us") {
        info.exit_code = 1;
        info.out = R"({"ServerVersion":"","ClientInfo":{"Version":"28.2.2","Plugins":null}})";
        info.err = "permission denied while trying to connect to the Docker daemon socket\n";
        facts = cli::docker_facts(info);
        CHECK_FALSE(facts.reachable);
        CHECK(facts.denied);
        cli::Findings findings;
        cli::check_docker(facts, true, findings);
        CHECK_THAT(text_of(findings), ContainsSubstring("usermod -aG docker"));
    }
    SECTION("an engine that is not there, in the form of older clients") {
        info.exit_code = 0;
        info.out = R"({"ServerVersion":"","ServerErrors":["Cannot connect to the Docker daemon"],
            "ClientInfo":{"Plugins":[]}})";
        facts = cli::docker_facts(info);
        CHECK(facts.problem == "Cannot connect to the Docker daemon");
        cli::Findings needed;
        cli::check_docker(facts, true, needed);
        CHECK(needed.count(cli::Severity::problem) == 1);
        cli::Findings not_needed;
        cli::check_docker(facts, false, not_needed);
        CHECK(not_needed.count(cli::Severity::problem) == 0);
    }
    SECTION("no docker at all") {
        info = {};
        info.exit_code = 127;
        info.err = "docker: No such file or directory";
        facts = cli::docker_facts(info);
        CHECK_FALSE(facts.has_client);
        cli::Findings findings;
        cli::check_docker(facts, true, findings);
        cli::check_compose(facts, true, findings);
        CHECK(findings.count(cli::Severity::problem) == 1);
    }
    SECTION("podman") {
        info.out = R"({"host":{"hostname":"web1"},"store":{"graphRoot":"/var/lib/containers"},
            "version":{"Version":"4.3.1"}})";
        facts = cli::docker_facts(info);
        CHECK(facts.reachable);
        CHECK(facts.is_podman);
        CHECK(facts.root_dir == "/var/lib/containers");
    }
    SECTION("no answer, and no JSON") {
        info = {};
        info.exit_code = 143;
        info.timed_out = true;
        CHECK(cli::docker_facts(info).problem == "no answer in time");
        info = {};
        info.exit_code = 0;
        info.out = "Client: Docker Engine";
        CHECK_FALSE(cli::docker_facts(info).reachable);
    }
}

TEST_CASE("compose must be version 2") {
    const auto check = [](const std::string& version) {
        cli::DockerFacts facts;
        facts.has_client = true;
        facts.compose_version = version;
        cli::Findings findings;
        cli::check_compose(facts, true, findings);
        return text_of(findings);
    };
    CHECK_THAT(check("v2.26.1"), ContainsSubstring("ok compose: docker compose 2.26.1"));
    CHECK_THAT(check("5.0.0"), ContainsSubstring("ok compose"));
    CHECK_THAT(check(""), ContainsSubstring("problem compose"));
    CHECK_THAT(check("1.29.2"), ContainsSubstring("problem compose"));
}
