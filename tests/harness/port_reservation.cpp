#include "tests/harness/port_reservation.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

namespace teal::harness {

namespace {

constexpr unsigned kLowest = 12000;
constexpr unsigned kHighest = 32000;  // Linux hands out ephemeral ports from 32768 on.

UniqueFd claim_name(unsigned port) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = "teal-port-" + std::to_string(port);
    std::memcpy(name.sun_path + 1, text.data(), text.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), size) != 0) {
        return UniqueFd();
    }
    return fd;
}

bool binds(const sockaddr* address, socklen_t size) {
    const UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) {
        return address->sa_family == AF_INET6;  // a machine without IPv6 cannot have a clash there
    }
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return ::bind(fd.get(), address, size) == 0 || errno == EADDRNOTAVAIL;
}

bool is_free(unsigned port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = v4.sin_port;
    v6.sin6_addr = in6addr_loopback;
    return binds(reinterpret_cast<sockaddr*>(&v4), sizeof v4) &&
           binds(reinterpret_cast<sockaddr*>(&v6), sizeof v6);
}

}  // namespace

PortReservation::PortReservation() {
    std::random_device seed;
    std::minstd_rand random(seed());
    std::uniform_int_distribution<unsigned> any(kLowest, kHighest);
    for (int attempt = 0; attempt < 2000; ++attempt) {
        const unsigned port = any(random);
        name_ = claim_name(port);
        if (name_ && is_free(port)) {
            port_ = static_cast<std::uint16_t>(port);
            return;
        }
    }
    throw std::runtime_error("no free TCP port between " + std::to_string(kLowest) + " and " +
                             std::to_string(kHighest));
}

}  // namespace teal::harness
