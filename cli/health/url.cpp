#include "cli/health/url.hpp"

#include <charconv>

namespace teal::cli {
namespace {

// Where the port's colon is; npos: no port.
std::size_t port_colon(const std::string& authority) {
    const std::size_t colon = authority.rfind(':');
    const std::size_t bracket = authority.rfind(']');
    return colon != std::string::npos && (bracket == std::string::npos || colon > bracket)
               ? colon
               : std::string::npos;
}

bool is_port(const std::string& text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536;
}

}  // namespace

std::optional<Url> parse_url(const std::string& text) {
    Url url;
    std::size_t begin = 0;
    if (text.starts_with("http://")) {
        begin = 7;
    } else if (text.starts_with("https://")) {
        begin = 8;
        url.tls = true;
    } else {
        return std::nullopt;
    }
    const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
    const std::string authority = text.substr(begin, end - begin);
    url.path = text.substr(end, text.find('#', end) - end);
    if (!url.path.starts_with('/')) {
        url.path.insert(0, "/");
    }
    const std::size_t colon = port_colon(authority);
    url.host = authority.substr(0, colon);
    if (url.host.empty() || authority.find_first_of("@ \t\r\n") != std::string::npos) {
        return std::nullopt;
    }
    if (colon == std::string::npos) {
        url.address = authority + (url.tls ? ":443" : ":80");
        return url;
    }
    url.address = authority;
    return is_port(authority.substr(colon + 1)) ? std::optional(url) : std::nullopt;
}

}  // namespace teal::cli
