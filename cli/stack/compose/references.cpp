#include "cli/stack/compose/references.hpp"

#include "cli/error.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

// Keyword and service: {"volumes_from", "db"}.
using Reference = std::pair<std::string, std::string>;

std::vector<Reference> references_of(const json& service) {
    constexpr std::string_view kService = "service:";
    std::vector<Reference> found;
    for (const char* keyword : {"network_mode", "pid", "ipc"}) {
        const std::string value = service.value(keyword, "");
        if (value.starts_with(kService)) {
            found.emplace_back(keyword, value.substr(kService.size()));
        }
    }
    for (const char* keyword : {"links", "volumes_from"}) {
        for (const json& item : service.value(keyword, json::array())) {
            const std::string value = item.get<std::string>();
            if (!value.starts_with("container:")) {
                found.emplace_back(keyword, value.substr(0, value.find(':')));
            }
        }
    }
    return found;
}

std::string remedy(const std::string& keyword, const std::string& color_service,
                   const std::string& shared_service) {
    if (keyword == "links") {
        return "leave the link out: " + color_service + " reaches " + shared_service +
               " under its name, and under the network aliases you give it";
    }
    return "make both shared or both not, with the label teal.shared on one of them";
}

}  // namespace

void check_references(const json& project, const StackDefinition& stack) {
    for (const Service& service : stack.services) {
        const json& resolved = project["services"][service.name];
        for (const auto& [keyword, other_name] : references_of(resolved)) {
            const Service* other = stack.find(other_name);
            if (other == nullptr || other->shared == service.shared) {
                continue;
            }
            const Service& shared = service.shared ? service : *other;
            const Service& color = service.shared ? *other : service;
            throw wrong_input("service " + service.name + ": " + keyword + " names " + other_name +
                                  ", but " + shared.name + " is shared (" + shared.reason +
                                  ") and " + color.name + " is not",
                              remedy(keyword, color.name, shared.name));
        }
        const std::string mode = resolved.value("network_mode", "");
        if (!service.shared && service.entry && (mode == "host" || mode == "none")) {
            throw wrong_input("service " + service.name + " is an entry with network_mode: " + mode,
                              mode == "host"
                                  ? "leave it out: two colors cannot both listen on the host's port"
                                  : "leave it out: nginx has to reach it");
        }
    }
}

}  // namespace teal::cli::compose
