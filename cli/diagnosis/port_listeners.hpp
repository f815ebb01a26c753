// Who listens on which TCP port of this machine.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

struct PortListener {
    std::uint32_t port = 0;
    std::string address{};  // "127.0.0.1", also for all addresses; "[::1]"
    pid_t pid = 0;          // 0: another user's process, we may not see whose
    std::string program{};  // "apache2"; empty likewise
};

// Those on one of the ports.
std::vector<PortListener> listeners_on(const std::vector<std::uint32_t>& ports);

// A container that publishes a port.
struct PublishedPort {
    std::uint32_t port = 0;
    std::string container{};
    std::string project{};  // of compose; empty: none
};
// Asks docker; empty when it does not answer.
std::vector<PublishedPort> published_ports();
// Lines of `docker ps`: name, project and ports, a tab between them.
std::vector<PublishedPort> parse_published_ports(const std::string& text);

}  // namespace teal::cli
