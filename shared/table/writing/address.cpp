#include "shared/table/writing/address.hpp"

#include <arpa/inet.h>
#include <sys/un.h>
#include <algorithm>
#include <charconv>
#include <cstring>

namespace teal::table {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

void set_text(Endpoint& endpoint, std::string_view text) {
    std::memcpy(endpoint.text, text.data(), text.size());
    endpoint.text_bytes = static_cast<std::uint32_t>(text.size());
}

std::optional<Endpoint> parse_unix(std::string_view path, std::string& error) {
    if (path.empty() || path[0] != '/') {
        error = "a unix socket needs an absolute path, as in unix:/run/app.sock";
        return std::nullopt;
    }
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        error = "the socket's path is longer than 107 bytes";
        return std::nullopt;
    }
    Endpoint endpoint{};
    endpoint.family = static_cast<std::uint16_t>(AddressFamily::unix_socket);
    set_text(endpoint, std::string(kUnixPrefix) + std::string(path));
    return endpoint;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    return failure == std::errc{} && end == text.data() + text.size() && port != 0;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text, std::string& error) {
    // A zero byte would cut the address for the C library, a newline would forge a log line.
    const auto is_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    };
    if (std::any_of(text.begin(), text.end(), is_control)) {
        error = "an address holds no control characters";
        return std::nullopt;
    }
    if (text.starts_with(kUnixPrefix)) {
        return parse_unix(text.substr(kUnixPrefix.size()), error);
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        error = "the port is missing, write ADDRESS:PORT";
        return std::nullopt;
    }
    Endpoint endpoint{};
    if (!parse_port(text.substr(colon + 1), endpoint.port)) {
        error = "the port must be a number from 1 to 65535";
        return std::nullopt;
    }
    std::string host(text.substr(0, colon));
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    char canonical[INET6_ADDRSTRLEN] = {};
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
        endpoint.family = static_cast<std::uint16_t>(AddressFamily::ipv6);
        if (inet_pton(AF_INET6, host.c_str(), endpoint.address) != 1) {
            error = "not an IPv6 address";
            return std::nullopt;
        }
        inet_ntop(AF_INET6, endpoint.address, canonical, sizeof(canonical));
        set_text(endpoint, "[" + std::string(canonical) + "]:" + std::to_string(endpoint.port));
        return endpoint;
    }
    if (host.find(':') != std::string::npos) {
        error = "an IPv6 address needs brackets, as in [::1]:8080";
        return std::nullopt;
    }
    endpoint.family = static_cast<std::uint16_t>(AddressFamily::ipv4);
    if (inet_pton(AF_INET, host.c_str(), endpoint.address) != 1) {
        error = "not an IP address (host names are not resolved, give the address)";
        return std::nullopt;
    }
    inet_ntop(AF_INET, endpoint.address, canonical, sizeof(canonical));
    set_text(endpoint, std::string(canonical) + ":" + std::to_string(endpoint.port));
    return endpoint;
}

std::string_view text_of(const Endpoint& endpoint) {
    return {endpoint.text, endpoint.text_bytes};
}

}  // namespace teal::table
