#include "cli/process/detached.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace teal::cli {
namespace {

constexpr char kSelf[] = "/proc/self/exe";

// Between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* argv, int alone) {
    // Not our locks, which would outlive this command, nor a pipe that somebody waits for the end
    // of. `alone` goes last: its end says that all the others are closed.
    constexpr int kAlone = STDERR_FILENO + 1;
    dup2(alone, kAlone);
    close_range(kAlone + 1, ~0u, 0);
    close(kAlone);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
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
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return std::string("pipe: ") + std::strerror(errno);
    }
    // Twice, so that it is nobody's child and can never get a terminal.
    const pid_t pid = fork();
    const std::string problem = pid < 0 ? std::string("fork: ") + std::strerror(errno) : "";
    if (pid == 0) {
        setsid();
        const pid_t detached = fork();
        if (detached == 0) {
            become(argv.data(), ends[1]);
        }
        _exit(detached > 0 ? 0 : 1);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return problem;
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    char nothing = 0;
    while (read(ends[0], &nothing, 1) < 0 && errno == EINTR) {
    }
    close(ends[0]);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : "fork failed";
}

}  // namespace teal::cli
