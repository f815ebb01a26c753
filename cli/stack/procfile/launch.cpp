#include "cli/stack/procfile/launch.hpp"

#include "cli/error.hpp"
#include "cli/process/child.hpp"
#include "cli/stack/procfile/process_record.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kLaunchPatience = std::chrono::seconds(30);
constexpr int kAboveStandard = 10;  // no descriptor that is to be moved to 0 … 5

// This program's path for people who look at the list of processes, as long as it still is this
// program: an upgrade of `teal` may have put another one there, that expects other orders.
std::string this_program() {
    constexpr char kSelf[] = "/proc/self/exe";
    std::error_code error;
    const fs::path path = fs::read_symlink(kSelf, error);
    return !error && fs::equivalent(path, kSelf, error) && !error ? path.string() : kSelf;
}

int above_standard(int descriptor) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, kAboveStandard);
}

// An anonymous file: nothing of it is ever on disk.
int order_file(const SupervisorOrder& order) {
    const std::string text = to_text(order);
    const int descriptor = memfd_create("order", MFD_CLOEXEC);
    if (descriptor >= 0 &&
        write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
        lseek(descriptor, 0, SEEK_SET);
    }
    return descriptor;
}

struct Handover {
    int order;
    int lock;
    int port;
    int ready;
};

[[noreturn]] void become(const Handover& handover, const char* program, char* const* argv,
                         char* const* environment) {
    const int null = above_standard(open("/dev/null", O_RDWR | O_CLOEXEC));
    dup2(handover.order, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    dup2(handover.lock, kSupervisorLock);
    dup2(handover.port >= 0 ? handover.port : null, kSupervisorPort);
    dup2(handover.ready, kSupervisorReady);
    close_range(kSupervisorReady + 1, ~0u, CLOSE_RANGE_CLOEXEC);
    for (int number = 1; number < NSIG; ++number) {
        signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // Not somebody's directory: it could not be unmounted for as long as the process runs.
    (void)!chdir("/");
    execve(program, argv, environment);
    const char* why = strerror(errno);
    (void)!write(kSupervisorReady, program, strlen(program));
    (void)!write(kSupervisorReady, ": ", 2);
    (void)!write(kSupervisorReady, why, strlen(why));
    _exit(127);
}

std::vector<std::string> supervisor_environment(const SupervisorOrder& order) {
    std::vector<std::string> lines;
    const std::string place =
        order.record.string().substr(0, order.record.string().size() - strlen(".json"));
    for (char** entry = environ; *entry != nullptr; ++entry) {
        lines.emplace_back(*entry);
    }
    const auto set = [&](const std::string& name, const std::string& value) {
        std::erase_if(lines, [&](const std::string& line) { return line.starts_with(name + "="); });
        lines.push_back(name + "=" + value);
    };
    set(kPlaceVariable, place);
    set(kSupervisorVariable, "1");
    set("TEAL_SNAPSHOT", order.snapshot);
    return lines;
}

// The descriptor on which the supervisor says how it went; -1 with `problem`.
int fork_supervisor(const Launch& launch, const std::string& program, std::string& problem) {
    const SupervisorOrder& order = launch.order;
    std::vector<std::string> words{"teal", "process-supervisor", order.color,
                                   instance_name(order.service, order.number)};
    std::vector<std::string> lines = supervisor_environment(order);
    const std::vector<char*> argv = pointers_to(words);
    const std::vector<char*> environment = pointers_to(lines);
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) {
        problem = std::string("pipe: ") + strerror(errno);
        return -1;
    }
    const int order_descriptor = order_file(order);
    const Handover handover{above_standard(order_descriptor),
                            above_standard(launch.lock.descriptor()),
                            above_standard(launch.port.descriptor()), above_standard(ready[1])};
    close(order_descriptor);
    // Twice, so that the supervisor is nobody's child and leads no session: it can never get a
    // terminal, nor be stopped by one.
    const pid_t pid = fork();
    if (pid == 0) {
        setsid();
        const pid_t supervisor = fork();
        if (supervisor == 0) {
            become(handover, program.c_str(), argv.data(), environment.data());
        }
        _exit(supervisor > 0 ? 0 : 1);
    }
    problem = pid < 0 ? std::string("fork: ") + strerror(errno) : "";
    for (const int descriptor :
         {handover.order, handover.lock, handover.port, handover.ready, ready[1]}) {
        close(descriptor);
    }
    if (pid > 0) {
        waitpid(pid, nullptr, 0);
    }
    return ready[0];
}

std::string outcome_of(int ready, steady_clock::time_point give_up) {
    std::string text;
    while (true) {
        const auto left =
            std::chrono::duration_cast<milliseconds>(give_up - steady_clock::now()).count();
        pollfd wait{ready, POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0) {
            return "its supervisor does not say that it runs";
        }
        char buffer[4096];
        const ssize_t count = read(ready, buffer, sizeof(buffer));
        if (count > 0) {
            text.append(buffer, static_cast<std::size_t>(count));
        } else if (count == 0) {
            return text == "ok" ? "" : text.empty() ? "its supervisor ended at once" : text;
        } else if (errno != EINTR) {
            return strerror(errno);
        }
    }
}

}  // namespace

PlaceLock::PlaceLock(const fs::path& file, milliseconds patience) {
    const auto give_up = steady_clock::now() + patience;
    descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor_ < 0) {
        throw failure(file.string() + ": " + strerror(errno), "look what is in the way there");
    }
    while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (steady_clock::now() >= give_up) {
            close(descriptor_);
            descriptor_ = -1;
            return;
        }
        poll(nullptr, 0, 10);
    }
}

PlaceLock::~PlaceLock() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

std::vector<std::string> launch(std::vector<Launch> launches, const fs::path& program) {
    const std::string path = program.empty() ? this_program() : fs::absolute(program).string();
    std::vector<std::string> problems(launches.size());
    std::vector<int> ready;
    for (std::size_t i = 0; i < launches.size(); ++i) {
        ready.push_back(fork_supervisor(launches[i], path, problems[i]));
    }
    launches.clear();
    const auto give_up = steady_clock::now() + kLaunchPatience;
    for (std::size_t i = 0; i < problems.size(); ++i) {
        if (problems[i].empty()) {
            problems[i] = outcome_of(ready[i], give_up);
        }
        if (ready[i] >= 0) {
            close(ready[i]);
        }
    }
    return problems;
}

}  // namespace teal::cli
