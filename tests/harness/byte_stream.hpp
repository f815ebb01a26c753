// A connected socket with blocking calls that end at a deadline.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tests/harness/endpoint.hpp"

namespace teal::harness {

// Why talking to a server ended without what was asked for.
enum class NetError { none, connect, timeout, reset, closed, malformed };

// The word for it ("timeout"), for messages.
const char* word_for(NetError error);

class ByteStream {
public:
    using Deadline = std::chrono::steady_clock::time_point;

    // Connects; on failure is_open() is false and error() is connect or timeout.
    ByteStream(const Endpoint& endpoint, std::chrono::milliseconds patience);

    bool is_open() const { return static_cast<bool>(fd_); }
    NetError error() const { return error_; }
    void close() { fd_.reset(); }
    // Ends our direction only; the server sees end-of-file.
    void finish_sending();

    // Sends everything; otherwise false and error() says why. The stream stays open for reading: a
    // server may answer and close before it took a whole body.
    bool send(std::string_view bytes, Deadline deadline);
    // Appends what has arrived, at least one byte; otherwise false and error() says why: `closed`
    // at end-of-file, `timeout` (the stream stays open), `reset`.
    bool receive(std::string& buffer, Deadline deadline);
    // Whether the server has closed, or sent something nobody asked for. Does not wait.
    bool is_stale() const;

private:
    bool wait_for(short events, Deadline deadline);
    bool fail(NetError error, bool keep_open = false);

    UniqueFd fd_;
    NetError error_ = NetError::none;
};

}  // namespace teal::harness
