#include "cli/stack/procfile/supervisor.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/stack/procfile/process_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <ctime>
#include <exception>
#include <string>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestPause(100);
constexpr milliseconds kLongestPause(30000);
constexpr auto kLongEnough = std::chrono::seconds(10);  // to be called running again
constexpr milliseconds kLogLooks(10000);
constexpr milliseconds kGroupLooks(20);  // while members of the group end that are not our children
constexpr double kLongestGraceAfterCrash_s = 5;

std::int64_t unix_ms() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

}  // namespace

Supervisor::Supervisor(SupervisorOrder order)
    : order_(std::move(order)), port_(order_.port, kSupervisorPort) {
    record_.service = order_.service;
    record_.number = order_.number;
    record_.snapshot = order_.snapshot;
    record_.boot = boot_id();
    record_.port = order_.port;
    record_.supervisor = identity_of(getpid()).value_or(ProcessIdentity{});
    record_.restarts = order_.restarts;
    for (const int descriptor : {kSupervisorLock, kSupervisorPort, kSupervisorReady}) {
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
}

int Supervisor::run() {
    // The process's own children come to us when it dies, so that their end is seen, too.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigset_t taken;
    sigemptyset(&taken);
    for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGCHLD}) {
        sigaddset(&taken, number);
    }
    sigprocmask(SIG_BLOCK, &taken, nullptr);
    signals_ = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    start_first();
    while (!done_) {
        pollfd waits[] = {{signals_, POLLIN, 0}, {group_.pidfd(), POLLIN, 0}};
        poll(waits, 2, wait_ms());
        on_signals();
        if (const std::optional<std::string> how = group_.reap()) {
            on_ended(*how);
        }
        tick();
    }
    return 0;
}

void Supervisor::start_first() {
    if (order_.adopt.pid != 0 && group_.adopt(order_.adopt)) {
        record_.process = order_.adopt;
        record_.started_unix_s = unix_ms() / 1000;
        started_at_ = Clock::now();
        log_remark(order_.log, "supervised again");
        save();
        tell_ready("");
        return;
    }
    start();
}

void Supervisor::start() {
    restart_at_.reset();
    const std::string problem = group_.fork_leader(order_, port_.port());
    if (!problem.empty()) {
        tell_ready(problem);
        log_remark(order_.log, "cannot be started: " + problem);
        schedule();
        return;
    }
    started_at_ = Clock::now();
    record_.phase = ProcessPhase::running;
    record_.process = group_.leader();
    record_.port = port_.port();
    record_.started_unix_s = unix_ms() / 1000;
    record_.restart_unix_ms = 0;
    save();
    if (done_) {
        return;
    }
    group_.let_go();
    tell_ready("");
}

// The first time a record that cannot be written is a reason not to start. Later it is none to
// stop: a full disk must not take away a process that serves; it is found by its marker meanwhile.
void Supervisor::save() {
    try {
        write_durably(order_.record, to_text(record_), 0600);
    } catch (const std::exception& error) {
        if (!ready_told_ && order_.adopt.pid == 0) {
            group_.take_back();
            tell_ready(error.what());
            done_ = true;
            return;
        }
        log_remark(order_.log, error.what());
    }
}

// Empty: it runs.
void Supervisor::tell_ready(const std::string& problem) {
    if (!ready_told_) {
        ready_told_ = true;
        const std::string text = problem.empty() ? "ok" : problem;
        (void)!write(kSupervisorReady, text.data(), text.size());
        close(kSupervisorReady);
        done_ = !problem.empty();
    }
}

void Supervisor::on_signals() {
    signalfd_siginfo info{};
    while (read(signals_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
        if (info.ssi_signo != SIGCHLD) {
            // The stack's stop() sends the grace along, in milliseconds.
            on_stop(info.ssi_code == SI_QUEUE
                        ? milliseconds(std::max(info.ssi_int, 0))
                        : milliseconds(static_cast<long>(order_.grace_s * 1000)));
        }
    }
}

void Supervisor::on_stop(milliseconds grace) {
    const Clock::time_point until = Clock::now() + grace;
    kill_at_ = kill_at_ && stopping_ ? std::min(*kill_at_, until) : until;
    stopping_ = true;
    restart_at_.reset();
    group_.signal(SIGTERM);
}

void Supervisor::on_ended(const std::string& how) {
    record_.last_exit = how;
    if (!stopping_) {
        log_remark(order_.log, instance_name(order_.service, order_.number) + " " + how);
        if (group_.any_lives()) {
            group_.signal(SIGTERM);
            const double grace = std::min(order_.grace_s, kLongestGraceAfterCrash_s);
            kill_at_ = Clock::now() + milliseconds(static_cast<long>(grace * 1000));
        }
    }
}

// Everything that is due.
void Supervisor::tick() {
    if (done_) {
        return;
    }
    bound_process_log(order_.log);
    const Clock::time_point now = Clock::now();
    const bool gone = !group_.leader_lives() && !group_.any_lives();
    if (!gone) {
        if (kill_at_ && now >= *kill_at_) {
            group_.signal(SIGKILL);
            kill_at_ = now + kGroupLooks;
        }
        return;
    }
    kill_at_.reset();
    if (stopping_) {
        record_.phase = ProcessPhase::stopped;
        save();
        done_ = true;
    } else if (!restart_at_) {
        schedule();
    } else if (now >= *restart_at_) {
        move_when_port_is_taken();
        ++record_.restarts;
        start();
    }
}

void Supervisor::schedule() {
    if (done_) {
        return;
    }
    const bool ran_well = Clock::now() - started_at_ >= kLongEnough;
    pause_ = ran_well ? kShortestPause : std::clamp(pause_ * 2, kShortestPause, kLongestPause);
    restart_at_ = Clock::now() + pause_;
    record_.phase = ProcessPhase::waiting;
    record_.restart_unix_ms = unix_ms() + pause_.count();
    save();
    log_remark(order_.log, fmt::format("starts again in {:.1f} s",
                                       static_cast<double>(pause_.count()) / 1000.0));
}

// Between its choice and its use somebody else may have begun to listen there.
bool Supervisor::move_when_port_is_taken() {
    if (is_free(port_.port())) {
        return false;
    }
    const std::uint16_t taken = port_.port();
    try {
        port_ = choose_port();
    } catch (const Error& error) {
        log_remark(order_.log, error.what());
        return false;
    }
    log_remark(order_.log,
               fmt::format("port {} is taken by another program; now {}", taken, port_.port()));
    return true;
}

int Supervisor::wait_ms() const {
    milliseconds wait = kLogLooks;
    const auto until = [&](Clock::time_point time) {
        wait = std::min(wait, std::chrono::ceil<milliseconds>(time - Clock::now()));
    };
    if (restart_at_) {
        until(*restart_at_);
    }
    if (kill_at_) {
        until(*kill_at_);
        wait = group_.leader_lives() ? wait : std::min(wait, kGroupLooks);
    }
    return static_cast<int>(std::max(wait.count(), milliseconds::rep{0}));
}

int run_process_supervisor() {
    std::string text;
    char buffer[65536];
    ssize_t count = 0;
    while ((count = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
        text.append(buffer, static_cast<std::size_t>(count));
    }
    SupervisorOrder order = parse_supervisor_order(text);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        dup2(null, stream);
    }
    close(null);
    return Supervisor(std::move(order)).run();
}

}  // namespace teal::cli
