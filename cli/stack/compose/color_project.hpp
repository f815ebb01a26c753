// One project, made into the compose files of a snapshot: the color's and the shared one. Texts go
// in and out; nothing here asks docker.
//
// The files are whole and literal: profiles, several -f, .env and env_file are resolved in them, so
// they start the same containers from anywhere, by hand too, however the project has changed since.
// The alternative, an override file beside the project's own (`ports: !reset []`), starts whatever
// the project's files say on that day.
#pragma once

#include "cli/stack/color.hpp"
#include "cli/stack/definition.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli::compose {

struct ColorRequest {
    Color color;
    std::string snapshot;    // its id
    std::string directory;   // where the project's deployments are, to find containers again
    bool published = false;  // entries on ports of 127.0.0.1, where networks cannot be reached
};

// `project` as resolved by compose. The result carries in x-teal what we read back: see
// snapshot_project.hpp. REQUIRES: check_references() has passed.
nlohmann::json color_project(const nlohmann::json& project, const StackDefinition& stack,
                             const ColorRequest& request);
// The shared services, changed as little as possible: containers that the user's own
// `docker compose up` made are these. null when there are none.
nlohmann::json shared_project(const nlohmann::json& project, const StackDefinition& stack);

// A color's file, turned into one that starts the same versions as another color.
nlohmann::json recolored(nlohmann::json file, Color color, const std::string& snapshot);

// The tag that keeps an image of a snapshot: "teal/shop/web:green-20261124-101530".
std::string pin_of(const std::string& project, const std::string& service,
                   const std::string& snapshot);

}  // namespace teal::cli::compose
