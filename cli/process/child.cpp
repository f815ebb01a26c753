#include "cli/process/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>

namespace teal::cli {
namespace {

std::vector<std::string> environment_of(const Command& command) {
    std::map<std::string, std::string> values;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
        }
    }
    for (const auto& [name, value] : command.environment) {
        values[name] = value;
    }
    std::vector<std::string> lines;
    lines.reserve(values.size());
    for (const auto& [name, value] : values) {
        lines.push_back(name + "=" + value);
    }
    return lines;
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const char* directory, char* const* argv, char* const* environment, int in,
                         int out, int err, int problem, pid_t parent, int end_signal) {
    prctl(PR_SET_PDEATHSIG, end_signal);
    if (getppid() != parent) {
        _exit(kNoSuchProgram);
    }
    // Its own process group: Ctrl-C at our terminal is ours to answer, it then gets SIGTERM.
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (directory == nullptr || chdir(directory) == 0) {
        execvpe(argv[0], argv, environment);
    }
    const int error = errno;
    (void)!write(problem, &error, sizeof(error));
    _exit(kNoSuchProgram);
}

pid_t fail(std::string& problem, const std::string& what, int error) {
    problem = what + ": " + std::strerror(error);
    return -1;
}

}  // namespace

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

void Descriptor::close() {
    if (value_ >= 0) {
        ::close(value_);
        value_ = -1;
    }
}

bool Pipe::open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return true;
}

pid_t start_child(const Command& command, int in, int out, int err, std::string& problem) {
    Pipe report;
    if (!report.open()) {
        return fail(problem, "pipe", errno);
    }
    std::vector<std::string> argv = command.argv;
    std::vector<std::string> environment = environment_of(command);
    const std::vector<char*> argv_pointers = pointers_to(argv);
    const std::vector<char*> environment_pointers = pointers_to(environment);
    const std::string directory = command.directory.string();
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
        return fail(problem, "fork", errno);
    }
    if (child == 0) {
        become(directory.empty() ? nullptr : directory.c_str(), argv_pointers.data(),
               environment_pointers.data(), in, out, err, report.write_end.get(), parent,
               command.end_signal);
    }
    setpgid(child, child);
    report.write_end.close();
    int error = 0;
    ssize_t count = 0;
    do {
        count = ::read(report.read_end.get(), &error, sizeof(error));
    } while (count < 0 && errno == EINTR);
    if (count == static_cast<ssize_t>(sizeof(error))) {
        waitpid(child, nullptr, 0);
        return fail(problem, command.argv.front(), error);
    }
    return child;
}

int exit_code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

ssize_t write_quietly(int descriptor, const char* bytes, std::size_t count) {
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &before);
    const ssize_t written = write(descriptor, bytes, count);
    const int error = errno;
    sigaction(SIGPIPE, &before, nullptr);
    errno = error;
    return written;
}

}  // namespace teal::cli
