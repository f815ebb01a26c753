#include "cli/stack/procfile/process_ending.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kAfterKill = std::chrono::seconds(5);

class Ending {
public:
    Ending(const FoundProcess& process, milliseconds grace) : process_(process) {
        const ProcessRecord& record = process.record;
        supervisor_ = process.supervised ? open_pidfd(record.supervisor) : -1;
        leader_ = process.running ? open_pidfd(record.process) : -1;
        if (supervisor_ >= 0) {
            // The grace goes along: the supervisor kills, or goes on waiting, by it.
            siginfo_t info{};
            info.si_signo = SIGTERM;
            info.si_code = SI_QUEUE;
            info.si_pid = getpid();
            info.si_uid = getuid();
            info.si_value.sival_int = static_cast<int>(grace.count());
            signal(supervisor_, SIGTERM, &info);
        } else if (leader_ >= 0) {
            signal_group(SIGTERM);
        }
    }
    ~Ending() {
        for (const int descriptor : {supervisor_, leader_}) {
            if (descriptor >= 0) {
                close(descriptor);
            }
        }
    }
    Ending(Ending&& other) noexcept
        : process_(other.process_),
          supervisor_(std::exchange(other.supervisor_, -1)),
          leader_(std::exchange(other.leader_, -1)),
          problem_(std::exchange(other.problem_, 0)) {}
    Ending& operator=(Ending&&) = delete;

    const FoundProcess& process() const { return process_; }
    int problem() const { return problem_; }

    // Waits until both have ended; false when `until` came first.
    bool wait(steady_clock::time_point until) const {
        for (const int descriptor : {supervisor_, leader_}) {
            while (descriptor >= 0) {
                const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
                pollfd end{descriptor, POLLIN, 0};
                if (poll(&end, 1, static_cast<int>(std::max<long>(left.count(), 0))) == 1) {
                    break;
                }
                if (steady_clock::now() >= until) {
                    return false;
                }
            }
        }
        return supervisor_ >= 0 || wait_for_group(until);
    }

    void kill_all() {
        if (supervisor_ >= 0) {
            signal(supervisor_, SIGKILL, nullptr);
        }
        if (leader_ >= 0) {
            signal_group(SIGKILL);
        }
    }

private:
    void signal(int descriptor, int number, siginfo_t* info) {
        if (syscall(SYS_pidfd_send_signal, descriptor, number, info, 0) != 0 && errno != ESRCH) {
            problem_ = errno;
        }
    }
    // The leader was alive a moment ago, and while anything of its group is, nobody gets its
    // number.
    void signal_group(int number) {
        if (kill(-process_.record.process.pid, number) != 0 && errno != ESRCH) {
            problem_ = errno;
        }
    }
    bool wait_for_group(steady_clock::time_point until) const {
        while (process_.running && is_group_alive(process_.record.process.pid)) {
            if (steady_clock::now() >= until) {
                return false;
            }
            poll(nullptr, 0, 10);
        }
        return true;
    }

    const FoundProcess& process_;
    int supervisor_ = -1;
    int leader_ = -1;
    int problem_ = 0;
};

}  // namespace

void end_processes(const std::vector<FoundProcess>& processes, milliseconds grace) {
    std::vector<Ending> endings;
    endings.reserve(processes.size());
    for (const FoundProcess& process : processes) {
        endings.emplace_back(process, grace);
    }
    // A supervisor kills by itself; it is given a little longer to do so and to write it down.
    const auto patience = steady_clock::now() + grace;
    std::string left;
    for (Ending& ending : endings) {
        if (ending.wait(ending.process().supervised ? patience + kAfterKill : patience)) {
            continue;
        }
        ending.kill_all();
        if (!ending.wait(steady_clock::now() + kAfterKill)) {
            left += (left.empty() ? "" : ", ") + ending.process().name() + " (pid " +
                    std::to_string(ending.process().record.process.pid) + ")" +
                    (ending.problem() != 0 ? std::string(": ") + strerror(ending.problem()) : "");
        }
    }
    if (!left.empty()) {
        throw failure("could not be ended: " + left, "end it as the user it runs as, or as root");
    }
}

}  // namespace teal::cli
