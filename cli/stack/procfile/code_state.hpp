// Which code is checked out: by git's commit and by a digest of what was changed since.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace teal::cli {

struct CodeState {
    std::string commit;   // full hash
    std::string changes;  // SHA-256 of the difference of tracked files; empty: none

    bool operator==(const CodeState&) const = default;
};

// Nothing when the directory is in no git work tree, has no commit, or there is no git. Files that
// git does not track do not count: what a build leaves would make every state a new one.
std::optional<CodeState> code_state_of(const std::filesystem::path& directory);

// "commit 1a2b3c4d5e6f", "commit 1a2b3c4d5e6f with changes"
std::string shown(const CodeState& code);

// Throws Error when processes of the snapshot would be started from other code than they were: both
// commits, and what to check out. Nothing is known, nothing is refused.
void demand_same_code(const std::filesystem::path& directory, const std::string& snapshot,
                      const std::optional<CodeState>& then);

}  // namespace teal::cli
