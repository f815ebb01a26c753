#include "cli/stack/compose/compose_logs.hpp"

#include "cli/error.hpp"
#include "cli/stack/compose/docker.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace teal::cli::compose {
namespace {

std::vector<std::string> arguments_for(const LogSource& source, const LogRequest& request) {
    // With colors where our output is a terminal: it inherits that.
    std::vector<std::string> argv = {
        "docker", "compose", "-p", source.project, "logs", "--tail", std::to_string(request.lines)};
    if (request.follow) {
        argv.emplace_back("--follow");
    }
    argv.insert(argv.end(), source.services.begin(), source.services.end());
    return argv;
}

// In our process group and with our streams, unlike run_command().
pid_t start(std::vector<std::string> argv) {
    std::vector<char*> pointers;
    pointers.reserve(argv.size() + 1);
    for (std::string& argument : argv) {
        pointers.push_back(argument.data());
    }
    pointers.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
        throw failure(std::string("fork: ") + std::strerror(errno), "try again");
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() == parent) {
            // Not the project's own files: what runs is asked for.
            unsetenv("COMPOSE_FILE");
            unsetenv("COMPOSE_PROFILES");
            execvp(pointers[0], pointers.data());
        }
        _exit(127);
    }
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return 1;
        }
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int print_logs(const std::vector<LogSource>& sources, const LogRequest& request) {
    std::vector<pid_t> running;
    int worst = 0;
    for (const LogSource& source : sources) {
        running.push_back(start(arguments_for(source, request)));
        if (!request.follow) {
            worst = std::max(worst, wait_for(running.back()));
            running.pop_back();
        }
    }
    for (const pid_t child : running) {
        worst = std::max(worst, wait_for(child));
    }
    return worst;
}

}  // namespace teal::cli::compose
