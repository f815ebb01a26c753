#include "cli/stack/compose/host_ports.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace teal::cli::compose {

std::vector<HostPort> host_ports(const nlohmann::json& project, const StackDefinition& stack) {
    using nlohmann::json;
    std::vector<HostPort> found;
    const json services = project.value("services", json::object());
    for (const auto& [name, service] : services.items()) {
        const Service* known = stack.find(name);
        for (const json& port : service.value("ports", json::array())) {
            const std::string published = port.value("published", "");
            unsigned first = 0;
            unsigned last = 0;
            const int read = std::sscanf(published.c_str(), "%u-%u", &first, &last);
            if (read < 1 || port.value("protocol", "tcp") != "tcp") {
                continue;
            }
            for (unsigned number = first; number <= (read == 2 ? last : first); ++number) {
                found.push_back(
                    {name, port.value("host_ip", ""), number, known != nullptr && known->shared});
            }
        }
    }
    return found;
}

}  // namespace teal::cli::compose
