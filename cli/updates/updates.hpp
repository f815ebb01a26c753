// What is newer elsewhere than what is used here: images in their registries, commits upstream, and
// nginx and its module on this machine against those that run. Only asks; nothing is fetched.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

enum class UpdateState {
    current,
    newer,
    fixed,    // cannot be newer: built here, or named by its digest
    unknown,  // could not be found out; `reason` says why
};
const char* name_of(UpdateState state);  // "current", "newer" …

struct ImageUpdate {
    std::string service{};
    bool shared = false;
    std::string image{};  // as the compose file says
    UpdateState state = UpdateState::unknown;
    std::string local{};  // digests; empty: none
    std::string remote{};
    std::string reason{};  // of fixed and unknown; of newer when it is not here at all
};

struct SourceUpdate {
    UpdateState state = UpdateState::unknown;
    std::string branch{};
    std::string upstream{};  // "origin/main"
    std::string local{};     // commits
    std::string remote{};
    std::optional<std::uint32_t> behind{};  // commits; nothing: the new ones are not here yet
    std::string reason{};
};

struct SoftwareUpdate {
    std::string name{};       // "nginx", "nginx module"
    std::string running{};    // versions; empty: nothing runs
    std::string installed{};  // empty: nothing is
    UpdateState state = UpdateState::unknown;
    std::string reason{};
    std::string next_step{};
};

struct Updates {
    std::vector<ImageUpdate> images{};
    SourceUpdate source{};
    std::vector<SoftwareUpdate> software{};

    std::size_t count(UpdateState state) const;
};

// `patience`: for each question to a registry or a remote. Throws Error for project files that
// cannot be read; what does not answer is unknown.
Updates look_for_updates(const Settings& settings, Stack& stack,
                         std::chrono::milliseconds patience);

// The parts of it.
std::vector<ImageUpdate> image_updates(const StackDefinition& definition,
                                       std::chrono::milliseconds patience);
SourceUpdate source_update(const std::filesystem::path& directory,
                           std::chrono::milliseconds patience);
std::vector<SoftwareUpdate> software_updates(const NginxView& nginx);

}  // namespace teal::cli
