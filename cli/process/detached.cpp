#include "cli/process/detached.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace teal::cli {
namespace {

constexpr char kSelf[] = "/proc/self/exe";

// Between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* argv) {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    // Not our locks, nor the pipe that somebody waits for the end of.
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    for (int number = 1; number < NSIG; ++number) {
        signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    (void)!chdir("/");  // a file system with somebody's directory could not be unmounted
    execv(kSelf, argv);
    _exit(127);
}

}  // namespace

std::string start_detached(const std::vector<std::string>& words) {
    std::vector<std::string> texts{"teal"};
    texts.insert(texts.end(), words.begin(), words.end());
    std::vector<char*> argv;
    argv.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        argv.push_back(text.data());
    }
    argv.push_back(nullptr);
    // Twice, so that it is nobody's child and can never get a terminal.
    const pid_t pid = fork();
    if (pid < 0) {
        return std::string("fork: ") + std::strerror(errno);
    }
    if (pid == 0) {
        setsid();
        const pid_t detached = fork();
        if (detached == 0) {
            become(argv.data());
        }
        _exit(detached > 0 ? 0 : 1);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : "fork failed";
}

}  // namespace teal::cli
