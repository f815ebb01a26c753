#include "cli/stack/procfile/port_choice.hpp"

#include "cli/error.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

namespace teal::cli {
namespace {

constexpr std::uint32_t kLowest = 10000;  // below are the ports that people configure
constexpr std::uint32_t kHighest = 65535;
constexpr std::uint32_t kFewest = 1000;  // ports worth looking through
constexpr std::uint32_t kUsualEphemeral = 32768;

std::uint32_t first_ephemeral_port() {
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    std::uint32_t first = 0;
    return file >> first ? first : kUsualEphemeral;
}

std::uint32_t random_number() {
    std::uint32_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != static_cast<ssize_t>(sizeof(number))) {
        number = static_cast<std::uint32_t>(getpid()) * 2654435761u;
    }
    return number;
}

// With SO_REUSEADDR, as servers do: connections that are winding down are not in the way.
bool can_bind(std::uint16_t port, std::uint32_t address) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(address);
    // Two may bind the same port with SO_REUSEADDR as long as neither listens.
    const bool free =
        bind(descriptor, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0 &&
        listen(descriptor, 1) == 0;
    close(descriptor);
    return free;
}

int hold_name(std::uint16_t port) {
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const int length =
        std::snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "teal/port/%u", unsigned{port});
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                             static_cast<std::size_t>(length));
    if (bind(descriptor, reinterpret_cast<const sockaddr*>(&name), size) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

}  // namespace

PortReservation::~PortReservation() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

PortReservation& PortReservation::operator=(PortReservation&& other) noexcept {
    std::swap(port_, other.port_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

bool is_free(std::uint16_t port) {
    return can_bind(port, INADDR_LOOPBACK) && can_bind(port, INADDR_ANY);
}

std::optional<PortReservation> reserve_port(std::uint16_t port) {
    const int descriptor = port != 0 ? hold_name(port) : -1;
    if (descriptor < 0) {
        return std::nullopt;
    }
    PortReservation held(port, descriptor);
    return is_free(port) ? std::optional(std::move(held)) : std::nullopt;
}

PortReservation hold_port(std::uint16_t port) {
    return {port, hold_name(port)};
}

PortReservation choose_port() {
    std::uint32_t above = first_ephemeral_port();
    if (above < kLowest + kFewest) {
        above = kHighest + 1;  // somebody made nearly all ports ephemeral: any is as good
    }
    const std::uint32_t count = above - kLowest;
    const std::uint32_t start = random_number() % count;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto port = static_cast<std::uint16_t>(kLowest + (start + i) % count);
        if (std::optional<PortReservation> held = reserve_port(port)) {
            return std::move(*held);
        }
    }
    throw failure("no TCP port from " + std::to_string(kLowest) + " to " +
                      std::to_string(above - 1) + " is free",
                  "see who has them: ss -ltnp");
}

}  // namespace teal::cli
