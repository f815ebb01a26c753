#include "cli/traffic/nginx_listeners.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kListening[] = "0A";  // TCP_LISTEN in the kernel's include/net/tcp_states.h

// The kernel prints addresses as 32-bit words in the machine's order.
std::string address_text(const std::string& hex, bool v6) {
    std::array<std::uint32_t, 4> words{};
    const std::size_t count = v6 ? 4 : 1;
    for (std::size_t i = 0; i < count; ++i) {
        const char* begin = hex.data() + 8 * i;
        std::from_chars(begin, begin + 8, words[i], 16);
    }
    const bool any = std::all_of(words.begin(), words.end(), [](auto word) { return word == 0; });
    if (any) {
        return v6 ? "[::1]" : "127.0.0.1";
    }
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(v6 ? AF_INET6 : AF_INET, words.data(), text, sizeof(text));
    return v6 ? "[" + std::string(text) + "]" : text;
}

std::map<unsigned long, std::string> listening_sockets() {
    std::map<unsigned long, std::string> sockets;
    for (const bool v6 : {false, true}) {
        std::ifstream file(v6 ? "/proc/net/tcp6" : "/proc/net/tcp");
        for (std::string line; std::getline(file, line);) {
            std::string address;
            unsigned long inode = 0;
            if (parse_listening_line(line, v6, address, inode)) {
                sockets[inode] = address;
            }
        }
    }
    return sockets;
}

bool is_nginx(std::uint32_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name;
    return std::getline(file, name) && name.find("nginx") != std::string::npos;
}

std::set<unsigned long> sockets_of(std::uint32_t pid) {
    std::set<unsigned long> inodes;
    std::error_code error;
    const fs::path directory = "/proc/" + std::to_string(pid) + "/fd";
    for (fs::directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code unreadable;
        const std::string target = fs::read_symlink(at->path(), unreadable).string();
        unsigned long inode = 0;
        if (std::sscanf(target.c_str(), "socket:[%lu]", &inode) == 1) {
            inodes.insert(inode);
        }
    }
    return inodes;
}

int port_of(const std::string& address) {
    return std::atoi(address.c_str() + address.rfind(':') + 1);
}

}  // namespace

bool parse_listening_line(const std::string& line, bool v6, std::string& address,
                          unsigned long& inode) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout;
    if (!(words >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
          timeout >> inode) ||
        state != kListening || local.size() != (v6 ? 37u : 13u)) {
        return false;
    }
    unsigned port = 0;
    const std::size_t colon = local.size() - 5;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
    address = address_text(local.substr(0, colon), v6) + ":" + std::to_string(port);
    return port != 0;
}

std::vector<std::string> listening_urls(const NginxView& nginx) {
    std::set<unsigned long> inodes;
    for (const Worker& worker : nginx.live_workers()) {
        if (is_nginx(worker.pid)) {
            inodes.merge(sockets_of(worker.pid));
        }
    }
    std::vector<std::string> addresses;
    for (const auto& [inode, address] : listening_sockets()) {
        if (inodes.contains(inode) &&
            std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(address);
        }
    }
    std::sort(addresses.begin(), addresses.end(), [](const auto& one, const auto& two) {
        return std::pair(port_of(one), one) < std::pair(port_of(two), two);
    });
    for (std::string& address : addresses) {
        const int port = port_of(address);
        address = (port == 443 || port == 8443 ? "https://" : "http://") + address;
    }
    return addresses;
}

}  // namespace teal::cli
