// Every way in: each entry's URL through nginx, and the endpoints behind it, asked all at once.
#pragma once

#include "cli/health/probe.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// An entry through nginx, as a visitor gets it.
struct EntryUrl {
    std::string service;
    std::string split;
    std::string url;     // empty: not known
    bool known = false;  // leads to the split for certain; else it was found by trying
    ProbeAnswer answer{};
};

// One address that serves a color of a split.
struct EndpointUrl {
    Color color = Color::blue;
    std::string role{};  // "serving", "standby"
    std::string split{};
    std::string service{};   // empty: no instance has this address
    std::string instance{};  // "web.1"
    std::string address{};
    bool in_table = false;
    bool stray = false;  // in the table, although nothing of ours runs there
    ProbeAnswer answer{};
};

struct UrlOverview {
    std::vector<EntryUrl> entries;
    std::vector<EndpointUrl> endpoints;
    std::vector<std::string> remarks;

    // Through nginx. An endpoint that does not answer is for `teal health check` to judge.
    bool all_answer() const;
};

// Throws Error (nothing there) when nothing is deployed.
UrlOverview look_at_urls(const Settings& settings, Stack& stack);

}  // namespace teal::cli
