// The parts of an http or https URL.
#pragma once

#include <optional>
#include <string>

namespace teal::cli {

struct Url {
    bool tls = false;
    std::string host;     // "example.com", "[::1]"
    std::string address;  // host and port, the scheme's own when none is written
    std::string path;     // with the query; "/" when none is written
};

// Nothing for what is not "http://…" or "https://…" with a host and a valid port.
std::optional<Url> parse_url(const std::string& text);

}  // namespace teal::cli
