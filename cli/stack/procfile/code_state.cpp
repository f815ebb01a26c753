#include "cli/stack/procfile/code_state.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/process/command.hpp"

namespace teal::cli {
namespace {

constexpr std::size_t kShownHash = 12;

CommandResult git(const std::filesystem::path& directory, const std::vector<std::string>& words) {
    Command command{.argv = {"git", "-C", directory.string()}};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    // Looking must not write: status and diff would refresh the index, in somebody else's way.
    command.environment = {{"GIT_OPTIONAL_LOCKS", "0"}};
    return run_command(command);
}

}  // namespace

std::optional<CodeState> code_state_of(const std::filesystem::path& directory) {
    const CommandResult head = git(directory, {"rev-parse", "--verify", "HEAD"});
    if (!head.ok()) {
        return std::nullopt;
    }
    const CommandResult difference = git(
        directory, {"diff", "--no-ext-diff", "--no-textconv", "--no-color", "--binary", "HEAD"});
    if (!difference.ok()) {
        return std::nullopt;
    }
    return CodeState{head.out.substr(0, head.out.find_last_not_of(" \r\n") + 1),
                     difference.out.empty() ? "" : sha256_of(difference.out)};
}

std::string shown(const CodeState& code) {
    return "commit " + code.commit.substr(0, kShownHash) +
           (code.changes.empty() ? "" : " with changes");
}

void demand_same_code(const std::filesystem::path& directory, const std::string& snapshot,
                      const std::optional<CodeState>& then) {
    const std::optional<CodeState> now = then ? code_state_of(directory) : std::nullopt;
    if (!now || *now == *then) {
        return;
    }
    const bool same_commit = now->commit == then->commit;
    std::string next =
        same_commit
            ? "bring the changed files of " + directory.string() + " back to what they were then"
            : "check it out and build it: " + shown({"git", "-C", directory.string(), "checkout",
                                                     then->commit.substr(0, kShownHash)});
    if (!then->changes.empty()) {
        next += "; that snapshot had changes which are in no commit";
    }
    throw failure("snapshot " + snapshot + " was started from " + shown(*then) +
                      ", the project is at " + shown(*now) + (same_commit ? " (other ones)" : ""),
                  next + "; then the same command again");
}

}  // namespace teal::cli
