// One connection of a backend: what was read, what is still to be sent, what it waits for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/harness/backend_behaviour.hpp"
#include "tests/harness/message_parser.hpp"
#include "tests/harness/unique_fd.hpp"

namespace teal::harness {

struct BackendConnection {
    UniqueFd fd;
    std::uint64_t tag = 0;
    MessageParser parser{MessageParser::Kind::request};
    std::string in{};
    std::string out{};
    std::size_t sent = 0;                // of out
    std::optional<Behaviour> pending{};  // waits for its delay, or is being dripped
    std::size_t dripped = 0;             // of pending's body
    bool busy = false;                   // a request is being served; later ones wait in `in`
    bool dripping = false;
    bool close_after = false;  // when everything is sent
    bool websocket = false;
    bool wants_write = false;  // epoll is asked for EPOLLOUT
    bool closed = false;       // kept until the end of the event batch
};

// Takes a request to become a WebSocket: the answer, or nothing when it is not one.
std::optional<std::string> websocket_handshake(const MessageParser& request,
                                               const std::string& name);

// Answers the whole frames in `connection.in`: echoes data, pongs pings, returns a close.
void echo_frames(BackendConnection& connection);

}  // namespace teal::harness
