// What the docker command says of itself and of its engine, from one call: `docker info` names the
// engine, its plugins (compose) and where its files are, and costs about a fifth of a second.
#pragma once

#include "cli/process/command.hpp"

#include <filesystem>
#include <string>

namespace teal::cli {

struct DockerFacts {
    bool has_client = false;
    std::string client_version{};   // empty: not said
    std::string compose_version{};  // of the plugin; empty: there is none
    bool is_podman = false;

    bool reachable = false;
    std::string problem{};  // why not, in docker's own words
    bool denied = false;    // the problem is permission
    std::string server_version{};
    std::string host{};                // name of the engine's machine
    std::filesystem::path root_dir{};  // of images and volumes, on that machine
};

// Runs `docker info`, and `docker compose version` only where the answer does not name plugins.
DockerFacts ask_docker();

// The parts of it. `info`: of docker info --format '{{json .}}'.
DockerFacts docker_facts(const CommandResult& info);

}  // namespace teal::cli
