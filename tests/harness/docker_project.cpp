#include "tests/harness/docker_project.hpp"

#include "tests/harness/docker_engine.hpp"
#include "tests/harness/process_table.hpp"
#include "tests/harness/wait.hpp"

#include <unistd.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

namespace teal::harness {
namespace {

using Words = std::vector<std::string>;

Words asked(Words arguments, const std::string& host) {
    if (!host.empty()) {
        arguments.insert(arguments.begin(), {"-H", host});
    }
    std::istringstream stream(docker(std::move(arguments)).out);
    Words found;
    for (std::string word; stream >> word;) {
        found.push_back(word);
    }
    return found;
}

void remove_listed(const Words& listed, Words command, const std::string& host) {
    if (!listed.empty()) {
        command.insert(command.end(), listed.begin(), listed.end());
        asked(std::move(command), host);
    }
}

Words of_all_colors(const Words& list, const std::string& project, const std::string& host) {
    Words found;
    for (const char* color : {"", "-blue", "-green"}) {
        Words of_project = list;
        of_project.insert(of_project.end(),
                          {"--filter", "label=com.docker.compose.project=" + project + color});
        const Words more = asked(std::move(of_project), host);
        found.insert(found.end(), more.begin(), more.end());
    }
    return found;
}

// A `docker compose` that outlived the command it was started by would make new containers while
// the others are removed.
void end_compose_of(const std::string& project) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const pid_t pid =
            static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
        const std::string title = pid > 0 ? process_title(pid) : "";
        if (title.find("compose") != std::string::npos &&
            title.find("-p " + project) != std::string::npos) {
            ::kill(pid, SIGTERM);
            found.push_back(pid);
        }
    }
    for (const pid_t pid : found) {
        becomes_true([&] { return !process_running(pid); }, std::chrono::seconds(10));
    }
}

}  // namespace

std::string unique_project_name(const std::string& beginning) {
    static std::atomic<unsigned> count{0};
    return beginning + std::to_string(getpid()) + "x" + std::to_string(++count);
}

void remove_docker_project(const std::string& project, const std::string& host) {
    end_compose_of(project);
    // Containers of all first: shared ones are on the colors' networks.
    remove_listed(of_all_colors({"ps", "-aq"}, project, host), {"rm", "-f", "-v"}, host);
    remove_listed(of_all_colors({"network", "ls", "-q"}, project, host), {"network", "rm"}, host);
    remove_listed(of_all_colors({"volume", "ls", "-q"}, project, host), {"volume", "rm"}, host);
    for (const std::string& names : {"teal/" + project + "/*", project + "*"}) {
        remove_listed(asked({"image", "ls", "--filter", "reference=" + names, "--format",
                             "{{.Repository}}:{{.Tag}}"},
                            host),
                      {"image", "rm", "-f"}, host);
    }
}

Words containers_of(const std::string& compose_project, const std::string& host) {
    return asked({"ps", "-a", "--filter", "label=com.docker.compose.project=" + compose_project,
                  "--format", "{{.Names}}"},
                 host);
}

}  // namespace teal::harness
