#include "tests/harness/idle_connections.hpp"

#include <algorithm>
#include <stdexcept>

namespace teal::harness {

IdleConnections::IdleConnections(const Endpoint& endpoint, std::size_t count, std::string target)
    : target_(std::move(target)) {
    connections_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto response = connections_.emplace_back(endpoint).get(target_);
        if (!response.ok() || response.last_on_connection) {
            throw std::runtime_error(
                "idle connection " + std::to_string(i) + " to " + endpoint.text() + ": status " +
                std::to_string(response.status) + ", error " + word_for(response.error));
        }
    }
}

std::size_t IdleConnections::broken() {
    return static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(), [this](HttpConnection& connection) {
            return connection.is_stale() || !connection.get(target_).ok();
        }));
}

IdleWebSockets::IdleWebSockets(const Endpoint& endpoint, std::size_t count, std::string_view target,
                               const Fields& fields) {
    sockets_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto& socket = sockets_.emplace_back(endpoint, target, fields);
        if (!socket.echoes("hello " + std::to_string(i))) {
            throw std::runtime_error("WebSocket " + std::to_string(i) + " to " + endpoint.text() +
                                     ": status " + std::to_string(socket.handshake().status) +
                                     ", error " + word_for(socket.error()));
        }
    }
}

std::size_t IdleWebSockets::broken() {
    return static_cast<std::size_t>(
        std::count_if(sockets_.begin(), sockets_.end(),
                      [](WebSocketClient& socket) { return !socket.echoes("still"); }));
}

std::size_t IdleWebSockets::close() {
    return static_cast<std::size_t>(std::count_if(
        sockets_.begin(), sockets_.end(), [](WebSocketClient& socket) { return !socket.close(); }));
}

}  // namespace teal::harness
