// What a stack consists of, as its compose file or Procfile says.
#pragma once

#include "cli/health/probe.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// A service that nginx sends requests to.
struct Entry {
    std::string split;       // whose variant (the color) its instances serve
    std::uint32_t port = 0;  // in the container; 0 for a process, which is given one
    ProbeSpec probe{};
    // Where the smoke test asks nginx for this entry: a path or a whole URL; empty: probe's path.
    // Label teal.smoke, `smoke` in teal.toml.
    std::string smoke{};
};

struct Service {
    std::string name;
    bool shared = false;   // exists once, for both colors
    std::string reason{};  // why it is shared, or not: "label teal.shared", "volume pgdata"
    std::optional<Entry> entry{};
    std::uint32_t replicas = 1;
    bool critical = true;                 // label teal.critical, else true
    std::optional<bool> said_critical{};  // the same where somebody said it
    std::optional<bool> database{};       // label teal.database; nothing: its image tells
    std::string image{};    // as written; empty for a process or a service that is built
    bool built = false;     // has a build section
    std::string command{};  // of a process
    std::vector<std::string>
        dropped_ports{};                    // host ports that colors cannot both have: "8080:3000"
    std::vector<std::string> depends_on{};  // services, as the file says; not theirs in turn
    // Why two instances beside each other would be in each other's way, beyond what `shared` says:
    // "volume data", "host network"; empty: they would not.
    std::string only_once{};
    bool job = false;  // ends by itself: another service waits for its completion
};

enum class StackKind { compose, procfile };

struct StackDefinition {
    StackKind kind = StackKind::compose;
    std::string project;               // "shop"
    std::vector<std::string> files{};  // what it was read from
    std::vector<Service> services{};
    std::filesystem::path migrations{};  // from x-teal / teal.toml; empty: none named
    std::vector<std::string> notes{};    // what a user should know before a deployment

    const Service* find(const std::string& name) const;
    std::vector<const Service*> color_services() const;
    std::vector<const Service*> shared_services() const;
    std::vector<const Service*> entries() const;
};

}  // namespace teal::cli
