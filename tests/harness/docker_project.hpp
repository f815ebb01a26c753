// What a test or a demo made in docker for a compose project of its own, and how it goes again.
#pragma once

#include <string>
#include <vector>

namespace teal::harness {

// A project's name that nobody else on this machine has: "tealtest4711x1".
std::string unique_project_name(const std::string& beginning = "tealtest");

// Removes all that docker has of the project and of its two colors: containers, networks, volumes,
// and images by their names; what is not there is no failure. `host`: the engine's ("unix://…");
// empty: the usual one.
void remove_docker_project(const std::string& project, const std::string& host = {});

// Names of the containers of one compose project ("shop-green"), running or not.
std::vector<std::string> containers_of(const std::string& compose_project,
                                       const std::string& host = {});

}  // namespace teal::harness
