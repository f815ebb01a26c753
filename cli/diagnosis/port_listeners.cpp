#include "cli/diagnosis/port_listeners.hpp"

#include "cli/process/command.hpp"
#include "cli/traffic/nginx_listeners.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kListingPatience = std::chrono::seconds(10);

std::map<unsigned long, PortListener> sockets_on(const std::vector<std::uint32_t>& ports) {
    std::map<unsigned long, PortListener> sockets;
    for (const bool v6 : {false, true}) {
        std::ifstream file(v6 ? "/proc/net/tcp6" : "/proc/net/tcp");
        for (std::string line; std::getline(file, line);) {
            std::string address;
            unsigned long inode = 0;
            if (!parse_listening_line(line, v6, address, inode)) {
                continue;
            }
            const std::size_t colon = address.rfind(':');
            const auto port = static_cast<std::uint32_t>(std::atoi(address.c_str() + colon + 1));
            if (std::find(ports.begin(), ports.end(), port) != ports.end()) {
                sockets[inode] = {port, address.substr(0, colon), 0, {}};
            }
        }
    }
    return sockets;
}

std::string program_of(const fs::path& process) {
    std::ifstream file(process / "comm");
    std::string name;
    std::getline(file, name);
    return name;
}

// Several processes may hold a socket: a master and its workers. The first that is met, which is
// the one with the lowest number on a running system, names it.
void name_owners(std::map<unsigned long, PortListener>& sockets) {
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        std::error_code denied;
        for (fs::directory_iterator file(at->path() / "fd", denied), last; !denied && file != last;
             file.increment(denied)) {
            std::error_code gone;
            unsigned long inode = 0;
            if (std::sscanf(fs::read_symlink(file->path(), gone).c_str(), "socket:[%lu]", &inode) !=
                1) {
                continue;
            }
            const auto found = sockets.find(inode);
            if (found != sockets.end() && found->second.pid == 0) {
                found->second.pid = static_cast<pid_t>(std::atoi(name.c_str()));
                found->second.program = program_of(at->path());
            }
        }
    }
}

}  // namespace

std::vector<PortListener> listeners_on(const std::vector<std::uint32_t>& ports) {
    std::map<unsigned long, PortListener> sockets = sockets_on(ports);
    if (!sockets.empty()) {
        name_owners(sockets);
    }
    std::vector<PortListener> listeners;
    listeners.reserve(sockets.size());
    for (const auto& [inode, listener] : sockets) {
        listeners.push_back(listener);
    }
    return listeners;
}

std::vector<PublishedPort> parse_published_ports(const std::string& text) {
    std::vector<PublishedPort> published;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream columns(line);
        PublishedPort one;
        std::string ports;
        if (!std::getline(columns, one.container, '\t') ||
            !std::getline(columns, one.project, '\t') || !std::getline(columns, ports)) {
            continue;
        }
        // "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 443/tcp"; ranges are
        // "8000-8002->8000-8002/tcp".
        std::istringstream parts(ports);
        for (std::string part; std::getline(parts, part, ',');) {
            const std::size_t arrow = part.find("->");
            const std::size_t colon = part.rfind(':', arrow);
            if (arrow == std::string::npos || colon == std::string::npos ||
                !part.ends_with("/tcp")) {
                continue;
            }
            unsigned first = 0;
            unsigned last = 0;
            const int read = std::sscanf(part.c_str() + colon + 1, "%u-%u->", &first, &last);
            for (unsigned port = first; read >= 1 && port <= (read == 2 ? last : first); ++port) {
                one.port = port;
                published.push_back(one);
            }
        }
    }
    return published;
}

std::vector<PublishedPort> published_ports() {
    Command command{.argv = {"docker", "ps", "--format",
                             "{{.Names}}\t{{.Label \"com.docker.compose.project\"}}\t{{.Ports}}"}};
    command.deadline = kListingPatience;
    const CommandResult result = run_command(command);
    return result.ok() ? parse_published_ports(result.out) : std::vector<PublishedPort>{};
}

}  // namespace teal::cli
