#include "tests/harness/websocket_client.hpp"

#include "tests/harness/message_parser.hpp"

namespace teal::harness {

namespace {
// Fixed, so that a run can be repeated byte by byte; masks protect proxies from scripts, not tests.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::uint32_t kMask = 0x37FA213D;
}  // namespace

WebSocketClient::WebSocketClient(const Endpoint& endpoint, std::string_view target,
                                 const Fields& fields, std::chrono::milliseconds patience)
    : patience_(patience), stream_(endpoint, patience), error_(stream_.error()) {
    open_ = stream_.is_open() && shake_hands(target, fields);
}

bool WebSocketClient::shake_hands(std::string_view target, const Fields& fields) {
    std::string request =
        "GET " + std::string(target) +
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
        std::string(kKey) + "\r\n";
    for (const auto& [name, value] : fields) {
        request.append(name).append(": ").append(value).append("\r\n");
    }
    const auto until = deadline();
    if (!stream_.send(request + "\r\n", until)) {
        error_ = stream_.error();
        return false;
    }
    MessageParser parser(MessageParser::Kind::response);
    while (!parser.head_complete() && !parser.failed()) {
        if (!stream_.receive(in_, until)) {
            error_ = stream_.error();
            return false;
        }
        in_.erase(0, parser.feed(in_));
    }
    handshake_.status = parser.status();
    for (const auto& field : parser.fields()) {
        handshake_.headers.add(field.name, field.value);
    }
    if (parser.status() == 101 &&
        handshake_.headers.get("Sec-WebSocket-Accept") == websocket_accept(kKey)) {
        return true;
    }
    error_ = NetError::malformed;
    return false;
}

bool WebSocketClient::send(Opcode opcode, std::string_view payload) {
    const WebSocketFrame frame{.last = true, .opcode = opcode, .payload = std::string(payload)};
    if (!open_ || !stream_.send(encode_frame(frame, kMask), deadline())) {
        error_ = stream_.error();
        open_ = false;
    }
    return open_;
}

std::optional<WebSocketFrame> WebSocketClient::receive() {
    const auto until = deadline();
    for (;;) {
        if (auto frame = take_frame(in_)) {
            return frame;
        }
        if (!stream_.receive(in_, until)) {
            error_ = stream_.error();
            open_ = open_ && error_ == NetError::timeout;
            return std::nullopt;
        }
    }
}

bool WebSocketClient::send_text(std::string_view text) {
    return send(Opcode::text, text);
}

std::optional<std::string> WebSocketClient::receive_text() {
    std::string message;
    while (open_) {
        const auto frame = receive();
        if (!frame) {
            break;
        }
        if (frame->opcode == Opcode::ping) {
            send(Opcode::pong, frame->payload);
        } else if (frame->opcode == Opcode::close) {
            error_ = NetError::closed;
            open_ = false;
        } else if (frame->opcode != Opcode::pong) {
            message += frame->payload;
            if (frame->last) {
                return message;
            }
        }
    }
    return std::nullopt;
}

bool WebSocketClient::ping(std::string_view payload) {
    if (!send(Opcode::ping, payload)) {
        return false;
    }
    const auto frame = receive();
    return frame && frame->opcode == Opcode::pong && frame->payload == payload;
}

bool WebSocketClient::close() {
    if (!send(Opcode::close, std::string("\x03\xe8", 2))) {
        return false;
    }
    open_ = false;
    auto frame = receive();
    while (frame && frame->opcode != Opcode::close) {
        frame = receive();
    }
    stream_.close();
    return frame.has_value();
}

bool WebSocketClient::echoes(std::string_view text) {
    return send_text(text) && receive_text() == std::optional<std::string>(text);
}

}  // namespace teal::harness
