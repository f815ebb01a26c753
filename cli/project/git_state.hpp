// Which version of the project's sources is here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace teal::cli {

struct GitState {
    std::string commit;
    std::string branch;  // empty: detached
    bool dirty = false;  // tracked files differ from the commit
};

// Nothing outside a work tree, without git, or before the first commit.
std::optional<GitState> git_state(const std::filesystem::path& directory);

// "1a2b3c4 (main, with changes)"
std::string git_text(const GitState& git);

}  // namespace teal::cli
