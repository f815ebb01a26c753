#include "tests/harness/epoll_set.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace teal::harness {

EpollSet::EpollSet()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll_ || !wake_) {
        throw std::system_error(errno, std::generic_category(), "epoll");
    }
    add(wake_.get(), EPOLLIN, kWake);
}

void EpollSet::add(int fd, std::uint32_t events, std::uint64_t tag) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

void EpollSet::change(int fd, std::uint32_t events, std::uint64_t tag) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EpollSet::remove(int fd) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const epoll_event> EpollSet::wait(int timeout_ms) {
    const int count =
        ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
    const auto got = static_cast<std::size_t>(count < 0 ? 0 : count);
    for (std::size_t i = 0; i < got; ++i) {
        if (events_[i].data.u64 == kWake) {
            std::uint64_t value = 0;
            [[maybe_unused]] const ssize_t taken = ::read(wake_.get(), &value, sizeof value);
        }
    }
    return {events_.data(), got};
}

void EpollSet::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t sent = ::write(wake_.get(), &one, sizeof one);
}

void block_signals_in_this_thread() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace teal::harness
