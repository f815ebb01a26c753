#include "cli/stack/compose/color_networks.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli::compose {

using nlohmann::json;

std::string color_project_name(const std::string& project, Color color) {
    return project + "-" + name_of(color);
}

const json& networks_of(const json& service) {
    static const json none = json::object();
    const auto found = service.find("networks");
    return found != service.end() && found->is_object() ? *found : none;
}

bool is_external(const json& resource) {
    const auto found = resource.find("external");
    return found != resource.end() && (!found->is_boolean() || found->get<bool>());
}

bool has_subnet(const json& network) {
    const json ipam = network.value("ipam", json::object());
    return ipam.contains("config") && !ipam["config"].empty();
}

json color_network(json network, const std::string& project, const std::string& color_project,
                   Color color) {
    if (is_external(network)) {
        return network;
    }
    const std::string name = network.value("name", "");
    const std::string prefix = project + "_";
    network["name"] = name.starts_with(prefix) ? color_project + "_" + name.substr(prefix.size())
                                               : name + "-" + name_of(color);
    if (network.contains("ipam")) {
        network["ipam"].erase("config");
    }
    return network;
}

json color_attachment(json attachment) {
    if (attachment.is_object()) {
        for (const char* fixed :
             {"ipv4_address", "ipv6_address", "link_local_ips", "mac_address"}) {
            attachment.erase(fixed);
        }
        if (attachment.empty()) {
            return nullptr;
        }
    }
    return attachment;
}

}  // namespace teal::cli::compose
