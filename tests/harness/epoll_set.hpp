// Linux's epoll, plus a way to wake it from another thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "tests/harness/unique_fd.hpp"

namespace teal::harness {

class EpollSet {
public:
    static constexpr std::uint64_t kWake = ~std::uint64_t{0};  // tag of wake() in wait()'s result

    // Throws std::system_error.
    EpollSet();

    // `events` is EPOLLIN, EPOLLOUT, …; `tag` comes back from wait(). add() replaces nothing.
    void add(int fd, std::uint32_t events, std::uint64_t tag);
    void change(int fd, std::uint32_t events, std::uint64_t tag);
    void remove(int fd);

    // Events of at most `timeout_ms` waiting (-1: for ever, 0: none); valid until the next call.
    std::span<const epoll_event> wait(int timeout_ms);

    // Makes a wait() in another thread return; safe from any thread and from signal handlers.
    void wake() const;

private:
    UniqueFd epoll_;
    UniqueFd wake_;
    std::array<epoll_event, 256> events_{};
};

// Keeps signals away from the calling thread: a program's handlers run in its own threads.
void block_signals_in_this_thread();

}  // namespace teal::harness
