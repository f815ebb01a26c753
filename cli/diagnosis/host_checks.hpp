// What Teal needs of the machine: docker, room, nginx's own files, clock and kernel. Nothing here
// changes anything.
#pragma once

#include "cli/diagnosis/docker_facts.hpp"
#include "cli/diagnosis/finding.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace teal::cli {

// `needed`: the project is a compose project; without docker nothing can be done then.
void check_docker(const DockerFacts& docker, bool needed, Findings& findings);
// Compose 2 is there; version 1 (`docker-compose`) alone is named with what replaces it.
void check_compose(const DockerFacts& docker, bool needed, Findings& findings);
// Room for images and volumes; says nothing when the engine's machine is not this one.
void check_docker_disk(const DockerFacts& docker, Findings& findings);

struct SpaceNeed {
    std::uint64_t problem_below;  // bytes
    std::uint64_t warning_below;
    std::string remedy;
};
// Room in the file system of `directory`, which need not exist yet.
void check_free_space(const std::string& subject, const std::filesystem::path& directory,
                      const SpaceNeed& need, Findings& findings);

}  // namespace teal::cli
