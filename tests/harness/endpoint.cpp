#include "tests/harness/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "tests/harness/wait.hpp"

namespace teal::harness {

namespace {

constexpr int kBacklog = 4096;

in_port_t port_of(const std::string& digits, const std::string& text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
        throw std::invalid_argument("no port in address \"" + text + "\"");
    }
    return htons(static_cast<std::uint16_t>(port));
}

[[noreturn]] void refuse(const std::string& text) {
    throw std::invalid_argument("\"" + text + "\" is not a loopback address or unix:/path");
}

}  // namespace

Endpoint::Endpoint(const std::string& text) : text_(text) {
    const auto colon = text.rfind(':');
    if (text.rfind("unix:", 0) == 0) {
        auto* name = reinterpret_cast<sockaddr_un*>(&address_);
        if (text.size() <= 5 || text.size() - 5 >= sizeof name->sun_path) {
            refuse(text);
        }
        name->sun_family = AF_UNIX;
        std::memcpy(name->sun_path, text.data() + 5, text.size() - 5);
        size_ = sizeof(sockaddr_un);
    } else if (text.rfind("[::1]:", 0) == 0) {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&address_);
        v6->sin6_family = AF_INET6;
        v6->sin6_addr = in6addr_loopback;
        v6->sin6_port = port_of(text.substr(colon + 1), text);
        size_ = sizeof(sockaddr_in6);
    } else if (colon != std::string::npos) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&address_);
        v4->sin_family = AF_INET;
        const std::string host = text.substr(0, colon);
        if (::inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &v4->sin_addr) !=
                1 ||
            (ntohl(v4->sin_addr.s_addr) >> 24) != 127) {
            refuse(text);
        }
        v4->sin_port = port_of(text.substr(colon + 1), text);
        size_ = sizeof(sockaddr_in);
    } else {
        refuse(text);
    }
}

Endpoint Endpoint::loopback(std::uint16_t port) {
    return Endpoint("127.0.0.1:" + std::to_string(port));
}

UniqueFd Endpoint::socket() const {
    UniqueFd fd(::socket(address_.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    if (fd && !is_unix()) {
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

UniqueFd Endpoint::listen() const {
    UniqueFd fd = socket();
    const int on = 1;
    if (fd && is_unix()) {
        ::unlink(unix_path().c_str());
    } else if (fd) {
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (!fd || ::bind(fd.get(), address(), size_) != 0 || ::listen(fd.get(), kBacklog) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot listen on " + text_);
    }
    if (is_unix()) {
        // nginx's workers run as another user than the test.
        [[maybe_unused]] const int changed = ::chmod(unix_path().c_str(), 0666);
    }
    return fd;
}

UniqueFd Endpoint::start_connect() const {
    UniqueFd fd = socket();
    if (fd && ::connect(fd.get(), address(), size_) != 0 && errno != EINPROGRESS) {
        const int error = errno;
        fd.reset();
        errno = error;
    }
    return fd;
}

UniqueFd Endpoint::connect(std::chrono::milliseconds deadline) const {
    UniqueFd fd;
    // A unix socket whose backlog is full says EAGAIN instead of waiting.
    becomes_true(
        [&] {
            fd = start_connect();
            return static_cast<bool>(fd) || errno != EAGAIN;
        },
        deadline);
    if (!fd) {
        return fd;
    }
    pollfd wanted{fd.get(), POLLOUT, 0};
    int error = 0;
    socklen_t size = sizeof error;
    if (::poll(&wanted, 1, static_cast<int>(deadline.count())) != 1) {
        error = ETIMEDOUT;
    } else {
        ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error != 0) {
        fd.reset();
        errno = error;
    }
    return fd;
}

}  // namespace teal::harness
