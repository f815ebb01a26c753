// Guessing from a compose file what its labels would say. In this order: what is labelled already;
// services that publish a port; that expose one; that are called as such services usually are.
#include "cli/proposal/health_words.hpp"
#include "cli/proposal/proposal.hpp"
#include "cli/stack/compose/project_definition.hpp"
#include "cli/stack/compose/service_labels.hpp"
#include "shared/table/names.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace teal::cli {
namespace {

using nlohmann::json;

const std::set<std::string> kEntryNames = {"api",     "app",    "backend", "frontend",
                                           "gateway", "server", "site",    "ui",
                                           "web",     "webapp", "website", "service"};
const std::set<std::string> kFronts = {"caddy", "envoy", "haproxy", "nginx", "proxy", "traefik"};

std::string yaml_quoted(const std::string& text) {
    return json(text).dump();
}

// "nginx" of "docker.io/library/nginx:1.27".
std::string image_name(const json& service) {
    const std::string image = service.value("image", "");
    const std::string name = image.substr(image.rfind('/') + 1);
    return name.substr(0, name.find_first_of(":@"));
}

std::vector<std::uint32_t> published(const json& service) {
    std::vector<std::uint32_t> ports;
    for (const json& port : service.value("ports", json::array())) {
        if (port.value("protocol", "tcp") == "tcp" && port.value("target", 0u) != 0) {
            ports.push_back(port.value("target", 0u));
        }
    }
    return ports;
}

std::uint32_t number_in(const std::string& text) {
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::vector<std::uint32_t> exposed(const json& service) {
    std::vector<std::uint32_t> ports;
    for (const json& port : service.value("expose", json::array())) {
        const std::string text = port.is_string() ? port.get<std::string>() : port.dump();
        if (number_in(text) != 0 && !text.ends_with("/udp")) {
            ports.push_back(number_in(text));
        }
    }
    return ports;
}

std::uint32_t port_variable(const json& service) {
    const json environment = service.value("environment", json::object());
    const json port = environment.is_object() ? environment.value("PORT", json()) : json();
    return port.is_string() ? number_in(port.get<std::string>()) : 0;
}

// The one that the health check asks, if it is among them.
std::uint32_t chosen_port(const std::vector<std::uint32_t>& ports, const HealthWords& health) {
    const bool asked = std::find(ports.begin(), ports.end(), health.port) != ports.end();
    return ports.empty() ? 0 : asked ? health.port : ports.front();
}

class Proposing {
public:
    Proposing(const json& project, const Settings& settings) : settings_(settings) {
        proposal_.kind = StackKind::compose;
        proposal_.project = project.value("name", "");
        services_ = project.value("services", json::object());
    }

    ProjectProposal run() {
        for (const auto& [name, service] : services_.items()) {
            words_[name] = compose::words_of(name, service, settings_);
            proposal_.services.push_back(sided(name, service));
        }
        if (!mark_labelled() && !mark(&Proposing::publishes) && !mark(&Proposing::exposes) &&
            !mark(&Proposing::is_called_so) && !mark(&Proposing::is_alone)) {
            proposal_.remarks.emplace_back(
                "no service looks like one that answers requests: label it with the port that it "
                "listens on, as in teal.entry: \"3000\"");
        }
        for (ServiceProposal& service : proposal_.services) {
            if (service.entry) {
                complete(service);
            } else {
                note_shared(service);
            }
        }
        return std::move(proposal_);
    }

private:
    using Reason = std::string (Proposing::*)(const std::string&) const;

    // On which side it is, and why; the same rule as a deployment's.
    ServiceProposal sided(const std::string& name, const json& service) const {
        ServiceProposal proposed;
        proposed.name = name;
        const compose::ServiceWords& words = words_.at(name);
        const std::vector<std::string> volumes = compose::named_volumes(service);
        if (words.shared) {
            proposed.shared = *words.shared;
            proposed.reason = words.shared_by_label ? "label teal.shared" : "teal.toml";
        } else if (!volumes.empty()) {
            proposed.shared = true;
            proposed.reason = "volume " + volumes.front();
        } else if (!words.entry && is_store(image_name(service))) {
            proposed.shared = true;
            proposed.reason = "image " + image_name(service) + " keeps data";
            proposed.additions.emplace_back("teal.shared", yaml_quoted("true"));
        } else if (!words.entry && is_front(name, service)) {
            proposed.shared = true;
            proposed.reason = "takes requests for the others";
            proposed.additions.emplace_back("teal.shared", yaml_quoted("true"));
        }
        return proposed;
    }

    // A web server in front of other services, called what it is. Alone it is the application.
    bool is_front(const std::string& name, const json& service) const {
        return services_.size() > 1 && kFronts.contains(image_name(service)) &&
               kFronts.contains(name);
    }

    bool mark_labelled() {
        bool found = false;
        for (ServiceProposal& service : proposal_.services) {
            const compose::ServiceWords& words = words_.at(service.name);
            if (words.entry && !service.shared) {
                service.entry = found = true;
                service.reason = "label teal.entry";
            }
        }
        return found;
    }

    bool mark(Reason reason) {
        bool found = false;
        for (ServiceProposal& service : proposal_.services) {
            const std::string why = service.shared ? "" : (this->*reason)(service.name);
            if (!why.empty()) {
                service.entry = found = true;
                service.reason = why;
            }
        }
        return found;
    }

    std::string publishes(const std::string& name) const {
        const auto ports = published(services_[name]);
        return ports.empty() ? "" : "publishes port " + std::to_string(ports.front());
    }
    std::string exposes(const std::string& name) const {
        const auto ports = exposed(services_[name]);
        return ports.empty() ? "" : "exposes port " + std::to_string(ports.front());
    }
    std::string is_called_so(const std::string& name) const {
        return kEntryNames.contains(name) || kEntryNames.contains(first_word(name))
                   ? "is named " + name
                   : "";
    }
    std::string is_alone(const std::string& name) const {
        const bool others = std::any_of(
            proposal_.services.begin(), proposal_.services.end(),
            [&](const ServiceProposal& one) { return !one.shared && one.name != name; });
        return others ? "" : "no other service could";
    }

    // What an entry's labels say, and what is missing of them.
    void complete(ServiceProposal& service) {
        const json& resolved = services_[service.name];
        const compose::ServiceWords& words = words_.at(service.name);
        const HealthWords health = health_of(resolved);
        std::vector<std::uint32_t> ports = published(resolved);
        ports = ports.empty() ? exposed(resolved) : ports;
        service.port = words.entry.value_or(chosen_port(ports, health));
        for (const std::uint32_t guess : {health.port, port_variable(resolved)}) {
            service.port = service.port == 0 ? guess : service.port;
        }
        service.split = words.split.empty() ? split_name_for(service.name) : words.split;
        service.health = health.words;
        if (!words.entry) {
            service.additions.emplace_back(
                "teal.entry",
                yaml_quoted(service.port == 0 ? "PORT" : std::to_string(service.port)));
        }
        if (service.port == 0) {
            proposal_.remarks.push_back(service.name +
                                        ": write the port that it listens on in its container for "
                                        "PORT");
        }
        if (words.split.empty() && service.split != service.name) {
            service.additions.emplace_back("teal.split", yaml_quoted(service.split));
        }
        if (words.probe) {
            service.health = probe_text(*words.probe);
        } else if (!words.entry || service.health != "/") {
            service.additions.emplace_back("teal.health", yaml_quoted(service.health));
        }
    }

    void note_shared(const ServiceProposal& service) {
        const bool front = service.reason.starts_with("takes requests");
        if (front) {
            proposal_.remarks.push_back(
                service.name +
                ": colors are switched by an nginx with Teal's module; use the "
                "image of docker/ for it, or nginx on the host in its place");
        } else if (service.shared && kEntryNames.contains(service.name)) {
            proposal_.remarks.push_back(
                service.name + ": is taken as shared (" + service.reason +
                "), so that it would not be switched; if two of it may run at once, label it "
                "teal.shared: \"false\" and teal.entry: \"PORT\"");
        }
    }

    const Settings& settings_;
    json services_{};
    std::map<std::string, compose::ServiceWords> words_{};
    ProjectProposal proposal_{};
};

}  // namespace

ProjectProposal propose_compose(const json& project, const Settings& settings) {
    return Proposing(project, settings).run();
}

}  // namespace teal::cli
