// Asking a service whether it answers. The asking is done by a program of its own, teal-probe: it
// links libcurl, whose loading would cost every start of `teal` more than the rest of it takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

enum class ProbeScheme { http, https, tcp };

const char* name_of(ProbeScheme scheme);
// Throws Error (wrong input) for anything but http, https and tcp.
ProbeScheme parse_probe_scheme(const std::string& text);

// What a healthy entry answers to. The default asks for "/" and takes any status below 400.
struct ProbeSpec {
    ProbeScheme scheme = ProbeScheme::http;
    std::string path = "/";
    std::string host{};  // Host header and TLS server name; empty: the address
    std::uint32_t lowest_status = 200;
    std::uint32_t highest_status = 399;
    bool verify_certificate = false;  // entries are reached by address: off unless asked for

    bool operator==(const ProbeSpec&) const = default;
};

// `text`: "/healthz", "tcp", "https:/healthz", "/healthz 200", "/healthz 200-299": the value of the
// label teal.health and of `health` in teal.toml. Throws Error (wrong input) naming `where`.
ProbeSpec parse_probe(const std::string& where, const std::string& text);
std::string probe_text(const ProbeSpec& spec);  // "GET /healthz, 200 to 399" for people

struct ProbeTarget {
    std::string name;     // "web 1", for messages
    std::string address;  // "172.18.0.3:3000", "[::1]:3000" or "unix:/run/app.sock"
    ProbeSpec spec{};
    std::vector<std::pair<std::string, std::string>> headers{};  // {"X-Teal-Variant", "green"}
    double timeout_s = 5.0;
};

struct ProbeAnswer {
    bool good = false;
    std::uint32_t status = 0;  // 0: none
    double connect_ms = 0.0;
    double first_byte_ms = 0.0;
    double total_ms = 0.0;
    std::string problem{};  // "connection refused", "status 503, wanted 200 to 399"
    std::optional<std::int64_t> certificate_expires_unix_s{};
};

// All at once, in parallel; one answer a target, in the same order. Never throws for what a target
// does; throws Error when the probe program is missing or broken.
std::vector<ProbeAnswer> probe_all(const std::vector<ProbeTarget>& targets);

}  // namespace teal::cli
