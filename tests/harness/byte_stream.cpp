#include "tests/harness/byte_stream.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace teal::harness {

const char* word_for(NetError error) {
    switch (error) {
        case NetError::none:
            return "none";
        case NetError::connect:
            return "connect";
        case NetError::timeout:
            return "timeout";
        case NetError::reset:
            return "reset";
        case NetError::closed:
            return "closed";
        case NetError::malformed:
            return "malformed";
    }
    return "unknown";
}

ByteStream::ByteStream(const Endpoint& endpoint, std::chrono::milliseconds patience)
    : fd_(endpoint.connect(patience)) {
    if (!fd_) {
        error_ = errno == ETIMEDOUT ? NetError::timeout : NetError::connect;
    }
}

void ByteStream::finish_sending() {
    ::shutdown(fd_.get(), SHUT_WR);
}

bool ByteStream::fail(NetError error, bool keep_open) {
    error_ = error;
    if (!keep_open) {
        fd_.reset();
    }
    return false;
}

bool ByteStream::wait_for(short events, Deadline deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd wanted{fd_.get(), events, 0};
        const int ready =
            ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (ready > 0) {
            return true;
        }
        if (ready == 0) {
            return fail(NetError::timeout, true);
        }
        if (errno != EINTR) {
            return fail(NetError::reset);
        }
    }
}

bool ByteStream::send(std::string_view bytes, Deadline deadline) {
    while (is_open() && !bytes.empty()) {
        const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!wait_for(POLLOUT, deadline)) {
                return false;
            }
        } else if (errno != EINTR) {
            return fail(NetError::reset, true);  // what the server said before is still to be read
        }
    }
    return is_open();
}

bool ByteStream::receive(std::string& buffer, Deadline deadline) {
    std::array<char, 65536> chunk;
    while (is_open()) {
        const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (got > 0) {
            buffer.append(chunk.data(), static_cast<std::size_t>(got));
            return true;
        }
        if (got == 0) {
            return fail(NetError::closed);
        }
        if (errno == EAGAIN) {
            if (!wait_for(POLLIN, deadline)) {
                return false;
            }
        } else if (errno != EINTR) {
            return fail(NetError::reset);
        }
    }
    return false;
}

bool ByteStream::is_stale() const {
    char byte = 0;
    const ssize_t got = ::recv(fd_.get(), &byte, 1, MSG_PEEK);
    return got >= 0 || errno != EAGAIN;
}

}  // namespace teal::harness
