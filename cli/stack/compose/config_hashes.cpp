#include "cli/stack/compose/config_hashes.hpp"

#include "cli/stack/compose/containers.hpp"
#include "cli/stack/compose/docker.hpp"

#include <sstream>

namespace teal::cli::compose {
namespace {

using nlohmann::json;

void add_hashes(const std::string& project, const json& file,
                const std::filesystem::path& directory, const std::string& what,
                ConfigHashes& hashes) {
    std::vector<std::string> arguments = {"config", "--hash", "*"};
    if (!directory.empty()) {
        arguments.insert(arguments.begin(), {"--project-directory", directory.string()});
    }
    Command command = docker_compose(ComposeProject{project}, std::move(arguments));
    command.input = file.dump();
    std::istringstream lines(run_docker(command, what));
    for (std::string service, hash; lines >> service >> hash;) {
        hashes[service].insert(hash);
    }
}

}  // namespace

ConfigHashes config_hashes(const std::string& project, const json& file,
                           const std::filesystem::path& directory, const std::string& what) {
    ConfigHashes hashes;
    add_hashes(project, file, directory, what, hashes);
    json alone = file;
    std::size_t depending = 0;
    for (json& service : alone.at("services")) {
        depending += service.erase("depends_on");
    }
    if (depending > 0) {
        add_hashes(project, alone, directory, what, hashes);
    }
    return hashes;
}

bool is_of_another_configuration(const json& container, const std::string& service,
                                 const ConfigHashes& hashes) {
    const auto right = hashes.find(service);
    return right != hashes.end() &&
           !right->second.contains(label_of(container, "com.docker.compose.config-hash"));
}

}  // namespace teal::cli::compose
