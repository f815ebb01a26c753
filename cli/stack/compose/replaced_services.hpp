// Two compose files of one project, and the files between them: some services of the one, the
// others of the other. Texts go in and out; nothing here asks docker.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <set>
#include <string>
#include <vector>

namespace teal::cli::compose {

// Keys of a service that differ: "environment", "command". Left out is what says nothing of how its
// containers run: the image's name (images are compared by id), build, our own labels of the
// snapshot, the number of replicas, and what it depends on.
std::vector<std::string> differing_keys(const nlohmann::json& before, const nlohmann::json& target);

// `before` with the `replaced` services as `target` has them: one that target does not have is
// gone. Networks, volumes, secrets and configs are those of both. Either may be null.
nlohmann::json mixed_project(const nlohmann::json& before, const nlohmann::json& target,
                             const std::set<std::string>& replaced);

}  // namespace teal::cli::compose
