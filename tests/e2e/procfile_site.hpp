// A Procfile project behind a real nginx: two entries, `web` and `api`, each with a split of its
// own, and commands of `teal` run in the project's directory as a user would.
#pragma once

#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/workspace.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace teal::e2e {

class ProcfileSite {
public:
    // `directory`: of the project, inside the workspace. `rules`: of both splits.
    explicit ProcfileSite(const std::string& directory = "shop",
                          const std::string& rules = "key $remote_addr;");
    // Takes the project down. What a test hid from `teal` it has to show again before.
    ~ProcfileSite();
    ProcfileSite(const ProcfileSite&) = delete;
    ProcfileSite& operator=(const ProcfileSite&) = delete;

    // The next deployment's answers are named so; `options` go to the web process (demo_app's).
    void write_version(const std::string& version, const std::string& options = "");
    // Runs it to its end.
    harness::RunResult teal(std::vector<std::string> words,
                            std::chrono::milliseconds timeout = std::chrono::seconds(60)) const;
    // The same, and demands exit code 0.
    std::string must(const std::vector<std::string>& words) const;
    harness::RunResult perform(const std::vector<std::string>& more = {}) const;
    harness::ProcessOptions process(std::vector<std::string> words) const;

    // What answers at / and at /api/ now.
    std::string served(const std::string& path = "/") const;
    std::unique_ptr<harness::Load> start_load(const std::string& path = "/", double rate = 400,
                                              unsigned connections = 16) const;
    // Of a color: its supervisors and what they run, as a reboot would find (and take) them.
    std::vector<pid_t> processes(const std::string& color) const;
    void kill_processes(const std::string& color) const;
    std::string active() const;  // `teal upgrade status --json`'s
    // What the dashboard is told of: "kind split text", oldest first.
    std::vector<std::string> events() const;

    harness::Workspace workspace{"deployment"};
    std::filesystem::path project;
    std::filesystem::path deployments;  // DEPLOYMENT_DIR's default
    std::string table;
    std::uint16_t port;
    std::unique_ptr<harness::NginxServer> nginx;
};

}  // namespace teal::e2e
