// A blocking WebSocket client (RFC 6455), without extensions or fragmentation of what it sends.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tests/harness/byte_stream.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/websocket_frames.hpp"

namespace teal::harness {

class WebSocketClient {
public:
    // Connects and shakes hands; is_open() says whether that worked, handshake() what was answered.
    explicit WebSocketClient(const Endpoint& endpoint, std::string_view target = "/",
                             const Fields& fields = {},
                             std::chrono::milliseconds patience = std::chrono::seconds(10));

    bool is_open() const { return open_; }
    // The answer to the handshake: status 101 and headers, or the refusal (without its body).
    const HttpResponse& handshake() const { return handshake_; }
    NetError error() const { return error_; }

    // Each returns false (or nothing) when the connection failed or `patience` ran out; see
    // error().
    bool send_text(std::string_view text);
    // Next text or binary message; answers pings on the way. Nothing after a close frame.
    std::optional<std::string> receive_text();
    // Sends a ping and waits for its pong.
    bool ping(std::string_view payload = "teal");
    // Sends a close frame and waits for the server's.
    bool close();
    // send_text() and receive_text(), and whether the same text came back.
    bool echoes(std::string_view text);

private:
    bool shake_hands(std::string_view target, const Fields& fields);
    bool send(Opcode opcode, std::string_view payload);
    std::optional<WebSocketFrame> receive();
    ByteStream::Deadline deadline() const { return std::chrono::steady_clock::now() + patience_; }

    std::chrono::milliseconds patience_;
    ByteStream stream_;
    std::string in_;
    HttpResponse handshake_;
    NetError error_ = NetError::none;
    bool open_ = false;
};

}  // namespace teal::harness
