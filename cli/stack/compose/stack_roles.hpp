// Which services a stack has and on which side: written into the snapshot's file and, as the label
// teal.stack, on every container of a color. So what should run is known from what runs, without
// the project's files, which may have changed or be broken since; and without asking compose, whose
// start costs more than all of `teal status` may take.
#pragma once

#include "cli/stack/definition.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace teal::cli::compose {

struct StackRoles {
    std::string project{};
    std::map<std::string, std::uint32_t> color{};   // service and its replicas
    std::map<std::string, std::uint32_t> shared{};  // likewise
    std::set<std::string> jobs{};  // end by themselves: another waits for their completion
};

void to_json(nlohmann::json& out, const StackRoles& roles);
void from_json(const nlohmann::json& in, StackRoles& roles);

// `project` as resolved by compose.
StackRoles roles_of(const nlohmann::json& project, const StackDefinition& stack);

}  // namespace teal::cli::compose
