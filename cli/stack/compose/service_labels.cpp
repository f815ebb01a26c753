#include "cli/stack/compose/service_labels.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

namespace teal::cli::compose {
namespace {

const std::vector<std::string> kLabels = {"teal.entry",    "teal.split",   "teal.health",
                                          "teal.host",     "teal.smoke",   "teal.shared",
                                          "teal.critical", "teal.database"};
constexpr std::uint32_t kHighestPort = 65535;

using Labels = std::map<std::string, std::string>;

Labels labels_of(const std::string& name, const nlohmann::json& service) {
    Labels labels;
    const auto found = service.find("labels");
    if (found == service.end() || !found->is_object()) {
        return labels;
    }
    for (const auto& [label, value] : found->items()) {
        if (!label.starts_with("teal.")) {
            continue;
        }
        if (std::find(kLabels.begin(), kLabels.end(), label) == kLabels.end()) {
            throw wrong_input("service " + name + ": unknown label \"" + label + "\"" +
                                  did_you_mean(label, kLabels),
                              "there are: " + listed(kLabels));
        }
        labels[label] = value.is_string() ? unescaped(value.get<std::string>()) : value.dump();
    }
    return labels;
}

std::uint32_t read_port(const std::string& where, const std::string& text) {
    std::uint32_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0 ||
        port > kHighestPort) {
        throw wrong_input(where + " \"" + text + "\" is not a port",
                          "name the port that the service listens on in its container, as in "
                          "teal.entry: \"3000\"");
    }
    return port;
}

struct Reading {
    const std::string& name;
    const Labels& labels;

    std::string where(const char* label) const { return "service " + name + ": label " + label; }

    std::optional<std::string> text(const char* label,
                                    const std::optional<std::string>& otherwise = {}) const {
        const auto found = labels.find(label);
        return found == labels.end() ? otherwise : std::optional<std::string>(found->second);
    }
    std::optional<bool> yes_or_no(const char* label, const std::optional<bool>& otherwise) const {
        const std::optional<std::string> value = text(label);
        return value ? parse_switch(where(label), *value) : otherwise;
    }
};

std::optional<std::uint32_t> entry_of(const Reading& reading, const ServiceSettings& settings) {
    if (const std::optional<std::string> value = reading.text("teal.entry")) {
        return read_port(reading.where("teal.entry"), *value);
    }
    if (!settings.entry.value_or(settings.port.has_value())) {
        return std::nullopt;
    }
    if (!settings.port) {
        throw wrong_input("services." + reading.name + " of teal.toml is an entry without a port",
                          "name the port that it listens on in its container: port = 3000");
    }
    return settings.port;
}

}  // namespace

std::string unescaped(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        plain += text[i];
        i += text[i] == '$' && i + 1 < text.size() && text[i + 1] == '$' ? 1U : 0U;
    }
    return plain;
}

std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        safe += c == '$' ? "$$" : std::string(1, c);
    }
    return safe;
}

ServiceWords words_of(const std::string& name, const nlohmann::json& service,
                      const Settings& settings) {
    const auto written = settings.services.find(name);
    const ServiceSettings fallback =
        written == settings.services.end() ? ServiceSettings{} : written->second;
    const Labels labels = labels_of(name, service);
    const Reading reading{name, labels};
    ServiceWords words;
    words.entry = entry_of(reading, fallback);
    words.split = reading.text("teal.split", fallback.split).value_or("");
    words.host = reading.text("teal.host", fallback.host).value_or("");
    words.smoke = reading.text("teal.smoke", fallback.smoke).value_or("");
    if (const auto health = reading.text("teal.health")) {
        words.probe = parse_probe(reading.where("teal.health"), *health);
    } else if (fallback.health) {
        words.probe = parse_probe("services." + name + ".health of teal.toml", *fallback.health);
    }
    words.shared = reading.yes_or_no("teal.shared", fallback.shared);
    words.shared_by_label = labels.contains("teal.shared");
    words.critical = reading.yes_or_no("teal.critical", fallback.critical);
    words.database = reading.yes_or_no("teal.database", fallback.database);
    words.replicas = fallback.replicas;
    return words;
}

}  // namespace teal::cli::compose
