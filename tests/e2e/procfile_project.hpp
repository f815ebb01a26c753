// A Procfile project of its own for one test, in a directory with a space and letters beyond ASCII,
// and its stack; all its processes are gone when it is gone.
#pragma once

#include "cli/error.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/procfile/found_process.hpp"
#include "cli/stack/procfile/procfile_stack.hpp"
#include "cli/stack/procfile/supervisor_order.hpp"
#include "tests/harness/wait.hpp"
#include "tests/harness/workspace.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace teal::tests {

using cli::Color;
using cli::Instance;
using cli::InstanceState;
using namespace std::chrono_literals;

// Remembers what it was told.
class Listening : public cli::Progress {
public:
    void phase(const std::string&) override {}
    void service(const std::string& name, const std::string& state) override {
        said += name + ": " + state + "\n";
    }
    void note(const std::string& text) override { said += text + "\n"; }
    void warning(const std::string& text) override { said += text + "\n"; }
    void detail(const std::string& line) override { said += line + "\n"; }

    std::string said{};
};

class ProcfileProject {
public:
    explicit ProcfileProject(const std::string& procfile) : workspace_("procfile") {
        write("Procfile", procfile);
        settings.directory = directory();
        settings.deployment_directory = directory() / ".teal/deployments";
        settings.stop_grace_s = 5;
    }
    ~ProcfileProject() {
        for (const std::string group : {"blue", "green", "shared"}) {
            for (const cli::MarkedProcess& process : marked(group)) {
                ::kill(process.identity.pid, SIGKILL);
            }
            harness::becomes_true([&] { return marked(group).empty(); }, 10s);
        }
    }
    ProcfileProject(const ProcfileProject&) = delete;
    ProcfileProject& operator=(const ProcfileProject&) = delete;

    std::filesystem::path directory() const { return workspace_.path("My Shöp 店"); }
    void write(const std::string& name, const std::string& text) {
        workspace_.write("My Shöp 店/" + name, text);
    }
    std::string read(const std::string& name) const {
        return harness::read_file(directory() / name);
    }
    bool has(const std::string& name) const { return std::filesystem::exists(directory() / name); }

    // As a new command would see it.
    std::unique_ptr<cli::Stack> stack() const {
        return cli::open_procfile_stack(settings, TEAL_CLI_PATH);
    }

    cli::SnapshotRef snapshot(Color color, const std::string& id) {
        for (const cli::SnapshotFile& file : stack()->snapshot_files(color, id)) {
            write(".teal/deployments/" + id + "/" + file.name, file.text);
        }
        return {id, directory() / ".teal/deployments" / id};
    }
    // Makes a snapshot and brings it up.
    void deploy(Color color, const std::string& id) {
        stack()->bring_up(color, snapshot(color, id), progress);
    }
    Instance only(Color color, const std::string& name = "web.1") const {
        for (const Instance& instance : stack()->instances(color)) {
            if (instance.name == name) {
                return instance;
            }
        }
        return {};
    }
    static pid_t pid_of(const Instance& instance) {
        return instance.id.empty() ? 0 : static_cast<pid_t>(std::stol(instance.id));
    }

    // Everything alive that carries a group's marker, supervisors and all descendants.
    std::vector<cli::MarkedProcess> marked(const std::string& group) const {
        return cli::marked_processes(
            cli::kPlaceVariable,
            (settings.deployment_directory / "processes" / group).string() + "/");
    }
    std::size_t count(const std::string& group, bool supervisors) const {
        std::size_t count = 0;
        for (const cli::MarkedProcess& process : marked(group)) {
            const bool supervisor = !process.value_of(cli::kSupervisorVariable).empty();
            count +=
                supervisor == supervisors && (supervisor || process.identity.pid == process.group)
                    ? 1
                    : 0;
        }
        return count;
    }
    pid_t supervisor_of(const std::string& group) const {
        for (const cli::MarkedProcess& process : marked(group)) {
            if (!process.value_of(cli::kSupervisorVariable).empty()) {
                return process.identity.pid;
            }
        }
        return 0;
    }

    cli::Settings settings{};
    Listening progress{};

private:
    harness::Workspace workspace_;
};

}  // namespace teal::tests
