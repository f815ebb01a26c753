// Containers, as docker describes them, read as instances of a stack.
#pragma once

#include "cli/stack/compose/stack_roles.hpp"
#include "cli/stack/stack.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli::compose {

// All containers, running or not, that have these labels ("teal.color=green"), as `docker inspect`
// prints them; runs of `docker compose run` are not among them. Throws Error.
std::vector<nlohmann::json> containers_with(const std::vector<std::string>& labels);

// A compose container by what `docker ps` tells of it, cheaper than looking into it.
struct ListedContainer {
    std::string id;
    std::string project;    // compose's: "shop-green"
    std::string directory;  // label teal.directory
    std::string color;      // label teal.color
    std::string roles;      // label teal.stack
};
// Every compose container of the engine, of whatever project. Throws Error.
std::vector<ListedContainer> list_containers();
// One line of that list, fields parted by tabs; nothing for anything else.
std::optional<ListedContainer> parse_listed(const std::string& line);
// As containers_with().
std::vector<nlohmann::json> inspect_containers(const std::vector<std::string>& ids);

// Value of a container's label, or empty.
std::string label_of(const nlohmann::json& container, const std::string& label);

// The roles that the newest of the containers was made with.
std::optional<StackRoles> roles_on(const std::vector<nlohmann::json>& containers);
// A label teal.stack. Nothing when it is of another version of ours.
std::optional<StackRoles> parse_roles(const std::string& label);

// Wanted services with what was found of them: so many instances as were wanted, or more; in the
// order of names and numbers. Containers of other services are left out when `only_wanted`.
// A container whose job is done (it ended with 0, and jobs has it) is exited and healthy.
std::vector<Instance> instances_of(const std::vector<nlohmann::json>& containers,
                                   const std::map<std::string, std::uint32_t>& wanted,
                                   const StackRoles& roles, bool only_wanted);

// Where an entry's container is reached: its published port if it has one, else its address in the
// network `default`, else in the first one by name. Empty while it does not run.
std::string address_of(const nlohmann::json& container,
                       const std::vector<nlohmann::json>& containers);

}  // namespace teal::cli::compose
