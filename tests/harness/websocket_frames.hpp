// The wire format of WebSockets (RFC 6455), for both ends. No extensions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace teal::harness {

enum class Opcode : std::uint8_t { more = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct WebSocketFrame {
    bool last = true;
    Opcode opcode = Opcode::text;
    std::string payload{};
};

// One frame; clients must give a mask, servers must not (RFC 6455, 5.1).
std::string encode_frame(const WebSocketFrame& frame, std::optional<std::uint32_t> mask);

// Takes the first whole frame off `buffer` and unmasks it; nothing when it is not complete yet.
std::optional<WebSocketFrame> take_frame(std::string& buffer);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455, 4.2.2).
std::string websocket_accept(std::string_view key);

}  // namespace teal::harness
