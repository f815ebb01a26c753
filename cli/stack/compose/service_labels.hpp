// The words that a service's labels say to us: teal.entry, teal.shared and the others.
#pragma once

#include "cli/project/settings.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace teal::cli::compose {

struct ServiceWords {
    std::optional<std::uint32_t> entry{};  // the port; none: not an entry
    std::string split{};                   // empty: the service's name
    std::optional<ProbeSpec> probe{};
    std::string host{};
    std::string smoke{};
    std::optional<bool> shared{};
    bool shared_by_label = false;  // else by teal.toml
    std::optional<bool> critical{};
    std::optional<bool> database{};
    std::optional<std::uint32_t> replicas{};
};

// `service` as `docker compose config` resolved it. A label goes before [services.NAME] of
// teal.toml. Throws Error (wrong input) for an unknown label beginning with "teal." and for values
// that are not what they have to be.
ServiceWords words_of(const std::string& name, const nlohmann::json& service,
                      const Settings& settings);

// Compose's own escape, undone and done: its texts have "$$" for a dollar sign.
std::string unescaped(const std::string& text);
std::string escaped(const std::string& text);

}  // namespace teal::cli::compose
