// What doctor finds in a project: git, files, what deployments have left; and the command as a
// whole.
#include "cli/deployment/records.hpp"
#include "cli/diagnosis/project_checks.hpp"
#include "cli/files/durable_file.hpp"
#include "shared/table/reader.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/child_process.hpp"
#include "tests/fixtures/fake_stack.hpp"
#include "tests/fixtures/probe_program.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/harness/process.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"
#include "tests/unit/findings_text.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace teal;
using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using tests::CommandResult;
using tests::SimulatedNginx;
using tests::text_of;

namespace {

namespace fs = std::filesystem;

constexpr char kRules[] = "key $remote_addr\npin $http_x_teal_variant\ndefault blue\n";

// A project's directory with a table beside it.
struct Project {
    fixtures::TemporaryDirectory place;
    fs::path directory = fs::path(place.path()) / "shop";
    std::string table = place / "run/table";
    Settings settings;

    Project() {
        fs::create_directories(directory);
        settings.directory = directory;
        settings.deployment_directory = directory / ".teal/deployments";
        settings.table = table;
    }
    void write(const std::string& file, const std::string& text) const {
        fs::create_directories((directory / file).parent_path());
        std::ofstream(directory / file) << text;
    }
    void git(std::vector<std::string> words) const {
        words.insert(words.begin(), {"git", "-c", "user.name=a", "-c", "user.email=a@b", "-C",
                                     directory.string()});
        const harness::RunResult result = harness::run(words);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
    }
    CommandResult teal(std::vector<std::string> words) const {
        words.insert(words.end(), {"-C", directory.string(), "--table", table});
        return tests::run_teal(words);
    }
    std::string git_findings() const {
        Findings findings;
        check_git(settings, findings);
        return text_of(findings);
    }
};

// Two colors deployed on a table: blue serves split app from 127.0.0.1:8101.
struct Deployed : Project {
    Records records{settings.deployment_directory};
    fixtures::FakeStack stack;
    std::string blue;

    Deployed() {
        must({"init", "--split", "app", "--table", table});
        must({"traffic", "endpoints", "app", "blue", "set", "127.0.0.1:8101", "--table", table});
        SnapshotMetadata metadata;
        metadata.color = Color::blue;
        metadata.created_unix_ns = metadata.deployed_unix_ns = metadata.served_unix_ns = 1;
        metadata.id = blue = records.snapshots.new_id(Color::blue, 1);
        SnapshotEntry web;
        web.service = "web";
        web.entry.split = "app";
        metadata.entries = {web};
        records.snapshots.create(metadata, {{".env", "A=1\n", 0600}});
        records.write_active(Color::blue);
        stack.fake_instances = [](Color color) {
            return color == Color::blue ? std::vector<Instance>{fixtures::running_instance(
                                              "web", 1, "127.0.0.1:8101")}
                                        : std::vector<Instance>{};
        };
    }
    static void must(const std::vector<std::string>& words) {
        const CommandResult result = tests::run_teal(words);
        INFO(result.errors);
        REQUIRE(result.code == 0);
    }
    std::string found() {
        Findings findings;
        std::optional<table::TableImage> image;
        table::Reader reader;
        int error = 0;
        std::uint32_t version = 0;
        if (reader.open(table.c_str(), &error, &version) == table::Health::ok) {
            image.emplace();
            table::read_image(reader, *image);
        }
        check_deployment_state(settings, image, stack, findings);
        return text_of(findings);
    }
};

}  // namespace

TEST_CASE("git: what is deployed should be a commit of a branch, and secrets in none") {
    const Project shop;
    CHECK_THAT(shop.git_findings(), ContainsSubstring("ok git: no commit here"));
    shop.git({"init", "-q", "-b", "main", "."});
    CHECK_THAT(shop.git_findings(),
               ContainsSubstring("not ignored") && ContainsSubstring("add the line .teal/ to"));
    shop.write(".gitignore", ".teal/\n");
    shop.write("app", "1\n");
    shop.git({"add", "."});
    shop.git({"commit", "-qm", "one"});
    CHECK_THAT(shop.git_findings(), ContainsSubstring("ok git: ") && ContainsSubstring("(main)") &&
                                        !ContainsSubstring("warning"));
    shop.write("app", "2\n");
    CHECK_THAT(shop.git_findings(), ContainsSubstring("warning git: ") &&
                                        ContainsSubstring("is in no commit -> git commit"));
    shop.git({"checkout", "-q", "--", "app"});
    shop.git({"checkout", "-q", "--detach"});
    CHECK_THAT(shop.git_findings(), ContainsSubstring("is checked out, and no branch"));
}

TEST_CASE("an .env that cannot be read is a problem") {
    const Project shop;
    const auto check = [&] {
        Findings findings;
        check_project_files(shop.settings, findings);
        return text_of(findings);
    };
    CHECK(check().empty());
    shop.write(".env", "A=1\n");
    CHECK(check().empty());
    fs::permissions(shop.directory / ".env", fs::perms::none);
    fs::permissions(shop.place.path(), fs::perms(0755));
    // Root may read everything: somebody else looks.
    fixtures::ChildProcess nobody([&] {
        constexpr uid_t kNobody = 65534;
        const bool other = geteuid() != 0 || setresuid(kNobody, kNobody, kNobody) == 0;
        return other && check().starts_with("problem files: ") ? 0 : 1;
    });
    CHECK(nobody.result() == 0);
}

TEST_CASE("deployments in order are only told") {
    Deployed shop;
    const std::string found = shop.found();
    CHECK_THAT(found, ContainsSubstring("ok deployments: blue serves"));
    CHECK_THAT(found, ContainsSubstring("ok snapshots: 1, their files as they were made"));
    CHECK_THAT(found, !ContainsSubstring("warning") && !ContainsSubstring("problem"));
}

TEST_CASE("what deployments have left behind is found") {
    Deployed shop;
    SECTION("an interrupted one") {
        Operation operation;
        operation.name = "perform";
        operation.phase = "images";
        operation.target = Color::green;
        operation.from = Color::blue;
        operation.user = "ann";
        shop.records.write_operation(operation);
        CHECK_THAT(shop.found(), ContainsSubstring("warning deployments: teal upgrade perform of "
                                                   "green by ann was interrupted in phase images"));
    }
    SECTION("one that is under way") {
        const auto lock = lock_deployments(shop.records, "teal upgrade perform");
        CHECK_THAT(shop.found(), ContainsSubstring("one is under way: ") &&
                                     ContainsSubstring("teal upgrade perform"));
    }
    SECTION("a record of an operation that cannot be read") {
        std::ofstream(shop.records.directory() / "operation.json") << "{";
        CHECK_THAT(shop.found(), ContainsSubstring("problem deployments: "));
    }
    SECTION("`active` and the table differ") {
        std::ofstream(shop.records.directory() / "active") << "green\n";
        CHECK_THAT(shop.found(), ContainsSubstring("active says green, but blue serves"));
        fs::remove(shop.records.directory() / "active");
        CHECK_THAT(shop.found(), ContainsSubstring("active says nothing, but blue serves"));
    }
    SECTION("a snapshot's file was changed") {
        std::ofstream(shop.records.directory() / shop.blue / ".env", std::ios::app) << "B=2\n";
        CHECK_THAT(shop.found(), ContainsSubstring("problem snapshots: snapshot " + shop.blue) &&
                                     !ContainsSubstring("ok snapshots"));
    }
    SECTION("a snapshot without a readable description") {
        std::ofstream(shop.records.directory() / shop.blue / "metadata.json") << "no JSON";
        CHECK_THAT(shop.found(),
                   ContainsSubstring("problem snapshots: ") && ContainsSubstring("metadata.json"));
    }
    SECTION("a history that cannot be read") {
        std::ofstream(shop.records.history.file()) << "[{]";
        CHECK_THAT(shop.found(), ContainsSubstring("problem history: "));
    }
    SECTION("a container that has another address since its restart") {
        shop.stack.fake_instances = [](Color) {
            return std::vector<Instance>{fixtures::running_instance("web", 1, "127.0.0.1:8199")};
        };
        CHECK_THAT(shop.found(), ContainsSubstring("problem endpoints: ") &&
                                     ContainsSubstring("127.0.0.1:8199") &&
                                     ContainsSubstring("teal agent --once"));
    }
    SECTION("a stack that cannot be asked") {
        shop.stack.fake_instances = [](Color) -> std::vector<Instance> {
            throw failure("docker does not run", "start it");
        };
        CHECK_THAT(shop.found(), ContainsSubstring("warning endpoints: ") &&
                                     ContainsSubstring("docker does not run -> start it"));
    }
}

TEST_CASE("doctor in a Procfile project says all of it, and makes nothing") {
    const Project shop;
    shop.write("Procfile", "web: exec sleep 1000\n");
    REQUIRE(shop.teal({"init", "--split", "web"}).code == 0);
    const std::string endpoint = "127.0.0.1:8101";
    for (const char* color : {"blue", "green"}) {
        REQUIRE(shop.teal({"init", "--split", "web"}).code == 0);
        REQUIRE(tests::run_teal(
                    {"traffic", "endpoints", "web", color, "set", endpoint, "--table", shop.table})
                    .code == 0);
    }
    fixtures::use_built_probe_program();
    const SimulatedNginx nginx(shop.table, {{"web", {"blue", "green"}, true, kRules}}, 1);
    const CommandResult healthy = shop.teal({"doctor"});
    INFO(healthy.output << healthy.errors);
    CHECK(healthy.code == 0);
    for (const char* line :
         {"kernel", "probe", "project", "deployments", "deployment disk", "table", "lock", "nginx",
          "workers", "entry web", "split web", "clock"}) {
        CHECK_THAT(healthy.output, ContainsSubstring(std::string("  ") + line + " "));
    }
    CHECK_FALSE(fs::exists(shop.settings.deployment_directory));

    // Without docker, too: nothing of this project needs it.
    const std::string path = std::getenv("PATH");
    fs::create_directories(fs::path(shop.place.path()) / "bin");
    setenv("PATH", (shop.place / "bin").c_str(), 1);
    const CommandResult without = shop.teal({"doctor"});
    setenv("PATH", path.c_str(), 1);
    INFO(without.output);
    CHECK(without.code == 0);
    CHECK_THAT(without.output, ContainsSubstring("only needed for compose projects"));
}

TEST_CASE("doctor goes on after files that cannot be used") {
    const Project shop;
    shop.write("Procfile", "web: exec sleep 1000\n");
    SECTION("a broken teal.toml") {
        shop.write("teal.toml", "[project\n");
    }
    SECTION("an unknown key") {
        shop.write("teal.toml", "[project]\nnmae = \"shop\"\n");
    }
    SECTION("a broken Procfile") {
        shop.write("Procfile", "no colon\n");
    }
    SECTION("two kinds of project") {
        shop.write("compose.yaml", "services: {}\n");
    }
    const CommandResult result = shop.teal({"doctor", "--json"});
    INFO(result.output << result.errors);
    CHECK(result.code == 1);
    const auto json = nlohmann::json::parse(result.output);
    CHECK(json["project"] == shop.directory.string());
    std::string subjects;
    std::string problems;
    for (const auto& finding : json["findings"]) {
        subjects += finding["subject"].get<std::string>() + "\n";
        problems += finding["severity"] == "problem" ? finding["text"].get<std::string>() : "";
    }
    CHECK_THAT(problems, ContainsSubstring(shop.directory.string()));
    CHECK_THAT(subjects, ContainsSubstring("counters") && ContainsSubstring("clock"));
}

TEST_CASE("doctor outside a project says so, which is no problem, and refuses a wrong directory") {
    const Project nothing;
    const CommandResult result = nothing.teal({"doctor", "--json"});
    const auto json = nlohmann::json::parse(result.output);
    CHECK(json["project"].is_null());
    bool said = false;
    for (const auto& finding : json["findings"]) {
        if (finding["subject"] == "project") {
            said = finding["severity"] == "ok" &&
                   finding["text"].get<std::string>().starts_with("none here");
        }
    }
    CHECK(said);
    const CommandResult wrong = tests::run_teal({"doctor", "-C", nothing.place / "missing"});
    CHECK(wrong.code == 2);
    CHECK_THAT(wrong.errors, ContainsSubstring("is not a directory"));
}
