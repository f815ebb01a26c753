// The users' guide is true as written: its commands are read from it and run, by the name they have
// there, in a project that is deployed.
//
// The guide lies beside the repository; tests/fixtures/guide.md is a copy of the sections that are
// run here, for clones without it.
#include "tests/e2e/guide.hpp"
#include "tests/catch.hpp"
#include "tests/e2e/small_stack.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/wait.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::GuideLine;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSections = {"Blue-Green Deployment",
                                            "Rolling Updates",
                                            "Deployment Status",
                                            "Database Migrations",
                                            "Environment Variables",
                                            "Deployment Snapshots",
                                            "Production Deployment Workflow",
                                            "Monitoring During Deployment",
                                            "Troubleshooting",
                                            "Advanced Scenarios",
                                            "Best Practices"};
const fs::path kCopy = fs::path(TEAL_SOURCE_DIR) / "tests/fixtures/guide.md";
const fs::path kOriginal =
    fs::path(TEAL_SOURCE_DIR) / "../shared/reference/zero-downtime-upgrade-tools.md";

std::string sections() {
    return e2e::guide_sections(fs::exists(kOriginal) ? kOriginal : kCopy, kSections);
}

bool has(const GuideLine& line, const std::string& words) {
    return line.command.find("nself " + words) != std::string::npos;
}

// A project in which the guide's commands find `nself` in PATH.
class GuideProject {
public:
    GuideProject() {
        fs::create_symlink(TEAL_CLI_PATH, site.workspace.make_directory("bin") / "nself");
        deploy();
        deploy();  // both colors are there, and there is something to go back to
    }

    void deploy() {
        e2e::put_small_stack(site, std::to_string(++version_));
        const RunResult result = site.perform();
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
    }

    // What the guide says of a line's situation, or takes for granted.
    void prepare(const GuideLine& line) {
        if (has(line, "upgrade perform") || has(line, "upgrade rolling")) {
            e2e::put_small_stack(site, std::to_string(++version_));
        }
        const std::string active = site.active();
        const std::string other = active == "blue" ? "green" : "blue";
        if (has(line, "upgrade cleanup " + active)) {
            site.must({"upgrade", "switch", other});
        }
        if (has(line, "upgrade switch " + other) && site.endpoints("web", other).empty()) {
            deploy();
            site.must({"upgrade", "rollback"});
        }
    }

    // Through a shell, as a user would; commands that do not end by themselves get a Ctrl-C after
    // their first words.
    RunResult run(const GuideLine& line) const {
        const std::string command = in_our_words(line.command);
        std::string script = "set -a\n";
        for (const std::string& setting : line.settings) {
            script += setting + "\n";
        }
        script += "set +a\n" + command + "\n";
        ProcessOptions shell = site.process({});
        shell.argv = {"bash", "-c", script};
        shell.env["PATH"] = site.workspace.path("bin").string() + ":" + std::getenv("PATH");
        if (!is_endless(line)) {
            return harness::run(shell, 120s);
        }
        // The command in the shell's place: it is whom the Ctrl-C is for.
        shell.argv = {"bash", "-c", "exec " + command};
        Process process(shell);
        becomes_true([&] { return !process.out().empty() || !process.running(); }, 30s);
        process.signal(SIGINT);
        const bool ended = process.wait(10s);
        return {.exit_code = ended ? process.exit_code() : -1,
                .timed_out = !ended,
                .out = process.out(),
                .err = process.err()};
    }

    // The guide's project has other services.
    static std::string in_our_words(std::string command) {
        for (const auto& [theirs, ours] :
             {std::pair{"logs postgres", "logs api"}, std::pair{"logs hasura", "logs web"}}) {
            if (const std::size_t at = command.find(theirs); at != std::string::npos) {
                command.replace(at, std::strlen(theirs), ours);
            }
        }
        return command;
    }

    static bool is_endless(const GuideLine& line) {
        return has(line, "logs -f") || has(line, "status --watch");
    }

    ComposeSite site;

private:
    int version_ = 0;
};

}  // namespace

TEST_CASE("the copy of the guide is the guide's text") {
    const std::string copy = e2e::guide_sections(kCopy, kSections);
    CHECK(copy == read_file(kCopy));  // nothing else is in it
    if (fs::exists(kOriginal)) {
        CHECK(copy == e2e::guide_sections(kOriginal, kSections));
    }
    // The reading finds what there is to run.
    const auto lines = e2e::guide_lines(copy);
    CHECK(lines.size() > 20);
    CHECK(std::any_of(lines.begin(), lines.end(),
                      [](const GuideLine& line) { return has(line, "logs -f"); }));
    CHECK_THROWS(e2e::guide_sections(kCopy, {"No Such Section"}));
}

TEST_CASE("the guide's commands run as written", "[docker]") {
    GuideProject project;
    for (const GuideLine& line : e2e::guide_lines(sections())) {
        if (has(line, "db ")) {
            continue;  // in guide_database_test.cpp
        }
        if (has(line, "sync ")) {
            continue;  // other regions: not there yet, and the README says so
        }
        project.prepare(line);
        const std::string before = project.site.served();
        const RunResult result = project.run(line);
        INFO(line.section << ": " << line.command << "\n" << result.out << result.err);
        if (GuideProject::is_endless(line)) {
            CHECK((result.exit_code == 0 || result.exit_code == 130));
            CHECK_FALSE(result.out.empty());
            continue;
        }
        CHECK(result.exit_code == 0);
        const std::string after = project.site.served();
        CHECK_FALSE(after.empty());
        if (has(line, "upgrade perform")) {
            const bool switches = line.command.find("AUTO_SWITCH=true") != std::string::npos ||
                                  line.command.find("--auto-switch") != std::string::npos;
            CHECK((after != before) == switches);
        }
        if (has(line, "upgrade rolling")) {
            CHECK(after != before);
            CHECK_THAT(result.out,
                       ContainsSubstring("Phase 2: Update critical services (one at a time)\n") &&
                           ContainsSubstring("  web: Updating...\n") &&
                           ContainsSubstring("  (wait for health check)\n"));
        }
        if (has(line, "upgrade status")) {
            CHECK_THAT(result.out, ContainsSubstring("Deployment Status") &&
                                       ContainsSubstring("Active Deployment:  ") &&
                                       ContainsSubstring("Standby Deployment: ") &&
                                       ContainsSubstring("Containers Running: ") &&
                                       ContainsSubstring("Recent Deployments:"));
        }
        if (has(line, "upgrade rollback")) {
            CHECK(after != before);
        }
        if (has(line, "upgrade cleanup blue")) {
            CHECK(project.site.endpoints("web", "blue").empty());
        }
    }

    // The section Environment Variables moved the deployments to where the section Deployment
    // Snapshots shows them.
    const fs::path deployments = project.site.project / ".nself/deployments";
    CHECK(fs::exists(deployments / "history.json"));
    CHECK(fs::exists(deployments / "active"));
    int snapshots = 0;
    for (const auto& entry : fs::directory_iterator(deployments)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && (name.starts_with("blue-2") || name.starts_with("green-2"))) {
            ++snapshots;
            for (const char* file :
                 {".env", "docker-compose.yml", "containers.txt", "metadata.json"}) {
                INFO(name << "/" << file);
                CHECK(fs::exists(entry.path() / file));
            }
        }
    }
    CHECK(snapshots >= 1);
}
