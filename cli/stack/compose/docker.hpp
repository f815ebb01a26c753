// Calling the docker command, not the engine's API: so contexts, DOCKER_HOST, rootless engines,
// credentials and podman's stand-in are the user's own and keep working.
#pragma once

#include "cli/error.hpp"
#include "cli/process/command.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli::compose {

// Characters of the short form of a container's id.
inline constexpr std::size_t kShortId = 12;

// "docker" and the arguments; the caller adds input, deadline and so on.
Command docker(std::vector<std::string> arguments);

// One compose project as a file of ours describes it. What the user's environment and .env say to
// compose itself (COMPOSE_FILE, COMPOSE_PROJECT_NAME …) does not reach it.
struct ComposeProject {
    std::string name;
    std::filesystem::path file{};  // empty: read from standard input
};
Command docker_compose(const ComposeProject& project, std::vector<std::string> arguments);
// A project that exists as containers; no file is read.
Command docker_compose(const std::string& name, std::vector<std::string> arguments);

// Runs it and returns what it printed. Throws Error: `what` ("start the shared services"), docker's
// own words, and the remedy.
std::string run_docker(const Command& command, const std::string& what);
// The same for commands that print one JSON text.
nlohmann::json docker_json(const Command& command, const std::string& what);

// What a failed docker command means: no docker, no permission, no engine, no compose plugin, or
// simply `what` with docker's own words.
Error docker_error(const Command& command, const CommandResult& result, const std::string& what);

// How containers can be reached from here.
struct Engine {
    bool rootless = false;
    bool desktop = false;  // containers are in a virtual machine
    bool remote = false;
    bool networks_reachable() const { return !rootless && !desktop && !remote; }
};
// Throws Error when there is no engine to ask.
Engine ask_engine();

}  // namespace teal::cli::compose
