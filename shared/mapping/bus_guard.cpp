#include "shared/mapping/bus_guard.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <cstdint>

namespace teal {
namespace {

// Places for ranges. A process maps a table and a counters file, and during a change of file the
// old and the new one; the rest is room for tests.
constexpr int kPlaces = 64;

struct Range {
    std::atomic<bool> taken{false};
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::uintptr_t> end{0};  // 0: guards nothing
    std::atomic<bool> writable{false};
    std::atomic<bool> lost{false};
};

// Zero-initialised, trivially constructed: no static constructor runs when nginx loads the module.
constinit Range ranges[kPlaces];
constinit struct sigaction previous_action {};
constinit bool installed = false;
constinit std::uintptr_t page_bytes = 4096;

void pass_on(int signal_number, siginfo_t* info, void* machine_state) {
    if ((previous_action.sa_flags & SA_SIGINFO) != 0 && previous_action.sa_sigaction != nullptr) {
        previous_action.sa_sigaction(signal_number, info, machine_state);
        return;
    }
    if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(signal_number);
        return;
    }
    // Returning repeats the faulting access, now with the default action: an ordinary crash.
    signal(SIGBUS, SIG_DFL);
}

// Runs in a signal handler: mmap is not on POSIX's list of safe functions, but on Linux it is a
// plain system call that touches no lock of the C library.
void on_bus_error(int signal_number, siginfo_t* info, void* machine_state) {
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    for (Range& range : ranges) {
        const std::uintptr_t end = range.end.load(std::memory_order_acquire);
        if (end == 0 || address >= end || address < range.begin.load(std::memory_order_relaxed)) {
            continue;
        }
        const int protection =
            range.writable.load(std::memory_order_relaxed) ? PROT_READ | PROT_WRITE : PROT_READ;
        void* page = reinterpret_cast<void*>(address & ~(page_bytes - 1));
        if (mmap(page, page_bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
            MAP_FAILED) {
            break;
        }
        range.lost.store(true, std::memory_order_release);
        return;
    }
    pass_on(signal_number, info, machine_state);
}

}  // namespace

bool install_bus_guard() {
    if (installed) {
        return true;
    }
    page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, &previous_action) != 0) {
        return false;
    }
    installed = true;
    return true;
}

int guard_range(const void* begin, std::size_t bytes, bool writable) {
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    for (int i = 0; i < kPlaces; ++i) {
        if (ranges[i].taken.exchange(true, std::memory_order_acquire)) {
            continue;
        }
        ranges[i].begin.store(first, std::memory_order_relaxed);
        ranges[i].writable.store(writable, std::memory_order_relaxed);
        ranges[i].lost.store(false, std::memory_order_relaxed);
        ranges[i].end.store(first + bytes, std::memory_order_release);
        return i;
    }
    return -1;
}

void release_range(int ticket) {
    if (ticket >= 0) {
        ranges[ticket].end.store(0, std::memory_order_release);
        ranges[ticket].taken.store(false, std::memory_order_release);
    }
}

bool range_lost(int ticket) {
    return ticket >= 0 && ranges[ticket].lost.load(std::memory_order_acquire);
}

}  // namespace teal
