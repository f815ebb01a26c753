// Compose's own hashes of services' configurations, which it writes on their containers: one with
// another hash was made from another configuration, and compose would replace it.
//
// A service that was started alone (`up --no-deps`, as rolling updates do) has the hash of one that
// depends on nothing, so two hashes are right. (Newer compose leaves dependencies out of both.)
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace teal::cli::compose {

using ConfigHashes = std::map<std::string, std::set<std::string>>;  // by service

// `file`: a resolved compose file. `directory`: the project's, for a file with relative paths;
// empty: none. Throws Error, `what` being what was tried.
ConfigHashes config_hashes(const std::string& project, const nlohmann::json& file,
                           const std::filesystem::path& directory, const std::string& what);
// False for a service that the hashes do not know.
bool is_of_another_configuration(const nlohmann::json& container, const std::string& service,
                                 const ConfigHashes& hashes);

}  // namespace teal::cli::compose
