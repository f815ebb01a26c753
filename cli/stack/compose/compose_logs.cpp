#include "cli/stack/compose/compose_logs.hpp"

#include "cli/error.hpp"
#include "cli/stack/compose/docker.hpp"
#include "cli/stack/compose/log_relay.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

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

// In our process group and with our streams, unlike run_command(); `output`: its standard output.
pid_t start(std::vector<std::string> argv, int output) {
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
        if (getppid() == parent && dup2(output, STDOUT_FILENO) >= 0) {
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
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    std::vector<pid_t> running;
    std::vector<int> outputs;
    int worst = 0;
    const auto wait_for_all = [&] {
        relay_lines(std::exchange(outputs, {}));
        for (const pid_t child : std::exchange(running, {})) {
            worst = std::max(worst, wait_for(child));
        }
    };
    for (const LogSource& source : sources) {
        int ends[2] = {-1, STDOUT_FILENO};
        if (!terminal && pipe2(ends, O_CLOEXEC) != 0) {
            throw failure(std::string("pipe: ") + std::strerror(errno), "try again");
        }
        running.push_back(start(arguments_for(source, request), ends[1]));
        if (!terminal) {
            close(ends[1]);
            outputs.push_back(ends[0]);
        }
        if (!request.follow) {
            wait_for_all();
        }
    }
    wait_for_all();
    return worst;
}

}  // namespace teal::cli::compose
