// An address on this machine: "127.0.0.1:8080", "[::1]:8080" or "unix:/path", as nginx writes them.
// Anything that is not loopback is refused: a test never talks to another machine.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "tests/harness/unique_fd.hpp"

namespace teal::harness {

class Endpoint {
public:
    // Throws std::invalid_argument for what is not an address, or not of this machine.
    Endpoint(const std::string& text);  // NOLINT: an address is wanted where a text is given
    Endpoint(const char* text) : Endpoint(std::string(text)) {}
    // 127.0.0.1 with this port.
    static Endpoint loopback(std::uint16_t port);

    const std::string& text() const { return text_; }
    bool is_unix() const { return address_.ss_family == AF_UNIX; }
    std::string unix_path() const { return text_.substr(5); }

    // A non-blocking listening socket; replaces a stale unix socket. Throws std::system_error.
    UniqueFd listen() const;
    // A non-blocking socket whose connection is made or under way; empty (with errno) on failure.
    UniqueFd start_connect() const;
    // A non-blocking connected socket; empty (with errno) on failure or when `deadline` passed.
    UniqueFd connect(std::chrono::milliseconds deadline) const;

private:
    const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }
    UniqueFd socket() const;

    std::string text_;
    sockaddr_storage address_{};
    socklen_t size_ = 0;
};

}  // namespace teal::harness
