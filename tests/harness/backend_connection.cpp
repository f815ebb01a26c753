#include "tests/harness/backend_connection.hpp"

#include "tests/harness/websocket_frames.hpp"

namespace teal::harness {

std::optional<std::string> websocket_handshake(const MessageParser& request,
                                               const std::string& name) {
    const auto key = request.field("Sec-WebSocket-Key");
    if (key.empty() || !request.field_has("Upgrade", "websocket") ||
        !request.field_has("Connection", "upgrade")) {
        return std::nullopt;
    }
    return "HTTP/1.1 101 Switching Protocols\r\nX-Served-By: " + name +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           websocket_accept(key) + "\r\n\r\n";
}

void echo_frames(BackendConnection& connection) {
    while (auto frame = take_frame(connection.in)) {
        if (frame->opcode == Opcode::pong) {
            continue;
        }
        if (frame->opcode == Opcode::ping) {
            frame->opcode = Opcode::pong;
        }
        connection.close_after = connection.close_after || frame->opcode == Opcode::close;
        connection.out += encode_frame(*frame, std::nullopt);
    }
}

}  // namespace teal::harness
