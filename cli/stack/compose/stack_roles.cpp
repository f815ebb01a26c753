#include "cli/stack/compose/stack_roles.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli::compose {

using nlohmann::json;

void to_json(json& out, const StackRoles& roles) {
    out = {{"project", roles.project},
           {"color", roles.color},
           {"shared", roles.shared},
           {"jobs", roles.jobs}};
}

void from_json(const json& in, StackRoles& roles) {
    in.at("project").get_to(roles.project);
    in.at("color").get_to(roles.color);
    in.at("shared").get_to(roles.shared);
    in.at("jobs").get_to(roles.jobs);
}

StackRoles roles_of(const json& project, const StackDefinition& stack) {
    StackRoles roles{.project = stack.project};
    for (const Service& service : stack.services) {
        (service.shared ? roles.shared : roles.color)[service.name] = service.replicas;
        const json needed = project["services"][service.name].value("depends_on", json::object());
        for (const auto& [name, how] : needed.items()) {
            if (how.is_object() && how.value("condition", "") == "service_completed_successfully") {
                roles.jobs.insert(name);
            }
        }
    }
    return roles;
}

}  // namespace teal::cli::compose
