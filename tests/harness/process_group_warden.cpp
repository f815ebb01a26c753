#include "tests/harness/process_group_warden.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace teal::harness {

namespace {

// Runs in the forked child of a program with threads: system calls only.
[[noreturn]] void watch(int lifeline, pid_t group) {
    ::setsid();  // Ctrl-C at a terminal must not end the warden before its work is done
    ::dup2(lifeline, 0);
    ::close_range(1, ~0U, 0);  // inherited listening sockets would keep the test's ports busy
    char byte = 0;
    ssize_t got = 0;
    while ((got = ::read(0, &byte, 1)) < 0 && errno == EINTR) {
    }
    if (got == 0) {
        ::kill(-group, SIGKILL);
    }
    ::_exit(0);
}

}  // namespace

ProcessGroupWarden::ProcessGroupWarden(pid_t group) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    const UniqueFd reading(ends[0]);
    lifeline_.reset(ends[1]);
    warden_ = ::fork();
    if (warden_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (warden_ == 0) {
        watch(reading.get(), group);
    }
}

ProcessGroupWarden::~ProcessGroupWarden() {
    const char dismissed = 'd';
    [[maybe_unused]] const ssize_t sent = ::write(lifeline_.get(), &dismissed, 1);
    while (::waitpid(warden_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace teal::harness
