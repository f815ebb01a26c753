#include "cli/stack/procfile/process_group.hpp"

#include "cli/stack/procfile/process_log.hpp"
#include "cli/stack/procfile/process_record.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>

namespace teal::cli {
namespace {

constexpr int kCannotRun = 127;

// What the process gets, in whole: ours, then .env, then what Teal says.
std::vector<std::string> environment_for(const SupervisorOrder& order, std::uint16_t port) {
    std::map<std::string, std::string> values;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos) {
            values[text.substr(0, equals)] = text.substr(equals + 1);
        }
    }
    for (const auto& [name, value] : order.environment) {
        values[name] = value;
    }
    values.erase(kSupervisorVariable);
    values["PORT"] = std::to_string(port);
    values["PS"] = instance_name(order.service, order.number);
    std::vector<std::string> lines;
    lines.reserve(values.size());
    for (const auto& [name, value] : values) {
        lines.push_back(name + "=" + value);
    }
    return lines;
}

void reset_signals() {
    for (int number = 1; number < NSIG; ++number) {
        signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

// In the child. The command is a line for a shell, because that is what a Procfile has; nothing is
// put before it or behind it.
[[noreturn]] void become(const char* directory, char* command, char* const* environment, int gate,
                         int log) {
    setsid();
    reset_signals();
    char go = 0;
    ssize_t count = 0;
    do {
        count = read(gate, &go, 1);
    } while (count < 0 && errno == EINTR);
    if (count != 1) {
        _exit(kCannotRun);
    }
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close_range(3, ~0u, 0);
    char shell[] = "sh";
    char option[] = "-c";
    char* argv[] = {shell, option, command, nullptr};
    const char* what = directory;
    if (chdir(directory) == 0) {
        what = "/bin/sh";
        execve(what, argv, environment);
    }
    const char* why = strerror(errno);
    (void)!write(STDERR_FILENO, "teal: ", 6);
    (void)!write(STDERR_FILENO, what, strlen(what));
    (void)!write(STDERR_FILENO, ": ", 2);
    (void)!write(STDERR_FILENO, why, strlen(why));
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(kCannotRun);
}

std::string in_words(int status) {
    return WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                               : "exited with " + std::to_string(WEXITSTATUS(status));
}

void close_and_forget(int& descriptor) {
    if (descriptor >= 0) {
        close(descriptor);
        descriptor = -1;
    }
}

}  // namespace

ProcessGroup::~ProcessGroup() {
    close_and_forget(gate_);
    close_and_forget(pidfd_);
}

std::string ProcessGroup::fork_leader(const SupervisorOrder& order, std::uint16_t port) {
    const auto because = [](const std::string& what) { return what + ": " + strerror(errno); };
    std::vector<std::string> lines = environment_for(order, port);
    std::vector<char*> environment;
    environment.reserve(lines.size() + 1);
    for (std::string& line : lines) {
        environment.push_back(line.data());
    }
    environment.push_back(nullptr);
    std::string command = order.command;
    const std::string directory = order.directory.string();
    const int log = open_process_log(order.log);
    if (log < 0) {
        return because(order.log.string());
    }
    int gate[2];
    if (pipe2(gate, O_CLOEXEC) != 0) {
        close(log);
        return because("pipe");
    }
    const pid_t pid = fork();
    if (pid == 0) {
        close(gate[1]);
        become(directory.c_str(), command.data(), environment.data(), gate[0], log);
    }
    const std::string problem = pid < 0 ? because("fork") : "";
    close(log);
    close(gate[0]);
    close_and_forget(pidfd_);
    close_and_forget(gate_);
    gate_ = gate[1];
    leader_ = identity_of(pid).value_or(ProcessIdentity{pid, 0});
    leader_lives_ = pid > 0;
    return problem;
}

void ProcessGroup::let_go() {
    (void)!write(gate_, "g", 1);
    close_and_forget(gate_);
}

void ProcessGroup::take_back() {
    close_and_forget(gate_);
    if (leader_lives_) {
        waitpid(leader_.pid, nullptr, 0);
        leader_lives_ = false;
    }
}

bool ProcessGroup::adopt(const ProcessIdentity& leader) {
    pidfd_ = open_pidfd(leader);
    leader_ = leader;
    leader_lives_ = pidfd_ >= 0;
    return leader_lives_;
}

std::optional<std::string> ProcessGroup::reap() {
    std::optional<std::string> how;
    int status = 0;
    while (true) {
        const pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0) {
            break;
        }
        if (pid == leader_.pid && leader_lives_ && pidfd_ < 0) {
            leader_lives_ = false;
            how = in_words(status);
        }
    }
    if (pidfd_ >= 0 && leader_lives_ && !is_alive(leader_)) {
        leader_lives_ = false;
        close_and_forget(pidfd_);
        how = "ended; it had lost its supervisor, so nobody knows how";
    }
    return how;
}

bool ProcessGroup::any_lives() const {
    return is_group_alive(leader_.pid);
}

void ProcessGroup::signal(int number) const {
    if (leader_.pid > 0) {
        kill(-leader_.pid, number);
    }
}

}  // namespace teal::cli
