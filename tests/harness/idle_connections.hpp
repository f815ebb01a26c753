// Connections that sit idle through whatever a test does, and are asked afterwards whether they
// still work: a switch must not cut them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/harness/http_client.hpp"
#include "tests/harness/websocket_client.hpp"

namespace teal::harness {

// Keepalive HTTP connections.
class IdleConnections {
public:
    // Opens `count`, each with one successful request. Throws std::runtime_error at the first
    // failure.
    IdleConnections(const Endpoint& endpoint, std::size_t count, std::string target = "/");

    // One more request on each; returns how many had been cut or did not answer well.
    std::size_t broken();
    std::size_t size() const { return connections_.size(); }

private:
    std::string target_;
    std::vector<HttpConnection> connections_;
};

// WebSockets to a server that echoes.
class IdleWebSockets {
public:
    // Opens `count`, each with one echoed message. Throws std::runtime_error at the first failure.
    IdleWebSockets(const Endpoint& endpoint, std::size_t count, std::string_view target = "/",
                   const Fields& fields = {});

    // One more message on each; returns how many did not echo it.
    std::size_t broken();
    // Closing handshake on each; returns how many servers did not take part.
    std::size_t close();
    std::size_t size() const { return sockets_.size(); }

private:
    std::vector<WebSocketClient> sockets_;
};

}  // namespace teal::harness
