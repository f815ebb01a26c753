#include "cli/stack/compose/left_behind.hpp"

#include "cli/process/process_identity.hpp"
#include "cli/stack/compose/docker.hpp"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <sstream>
#include <vector>

namespace teal::cli::compose {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kMark[] = "TEAL_COMPOSE_CHANGE";
constexpr auto kRemovalPatience = std::chrono::seconds(10);

// The end of a name is part of the value: "shop" is not the beginning of "shop-green".
std::string value_for(const std::string& project) {
    return project + "/";
}

void wait_for_end(const std::vector<MarkedProcess>& processes) {
    const auto give_up = steady_clock::now() + kRemovalPatience;
    for (const MarkedProcess& process : processes) {
        const int descriptor = open_pidfd(process.identity);
        if (descriptor < 0) {
            continue;
        }
        const auto left = std::chrono::duration_cast<milliseconds>(give_up - steady_clock::now());
        pollfd end{descriptor, POLLIN, 0};
        if (poll(&end, 1, static_cast<int>(std::max<long>(0, left.count()))) <= 0) {
            kill(process.identity.pid, SIGKILL);
        }
        close(descriptor);
    }
}

bool is_half_replaced(const std::string& name) {
    return name.size() > kShortId && name[kShortId] == '_' &&
           std::all_of(name.begin(), name.begin() + kShortId,
                       [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

void mark(Command& command, const std::string& project) {
    command.environment.emplace_back(kMark, value_for(project));
}

void end_left_behind(const std::string& project) {
    const std::vector<MarkedProcess> processes = marked_processes(kMark, value_for(project));
    for (const MarkedProcess& process : processes) {
        kill(process.identity.pid, SIGTERM);
    }
    wait_for_end(processes);
}

void remove_half_replaced(const std::string& project) {
    std::istringstream names(
        run_docker(docker({"ps", "-a", "--filter", "label=com.docker.compose.project=" + project,
                           "--format", "{{.Names}}"}),
                   "list the containers"));
    std::vector<std::string> remove = {"rm", "--force"};
    for (std::string name; std::getline(names, name);) {
        if (is_half_replaced(name)) {
            remove.push_back(name);
        }
    }
    if (remove.size() > 2) {
        run_docker(docker(std::move(remove)), "remove half replaced containers of " + project);
    }
}

}  // namespace teal::cli::compose
