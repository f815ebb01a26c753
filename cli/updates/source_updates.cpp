#include "cli/process/command.hpp"
#include "cli/project/git_state.hpp"
#include "cli/updates/updates.hpp"

#include <cstdlib>

namespace teal::cli {
namespace {

// git without questions: a password or an unknown host's key makes it fail instead of waiting.
class Git {
public:
    Git(std::filesystem::path directory, std::chrono::milliseconds patience)
        : directory_(std::move(directory)), patience_(patience) {}

    CommandResult run(std::vector<std::string> words) const {
        Command command{.argv = {"git", "--no-optional-locks"}};
        command.argv.insert(command.argv.end(), words.begin(), words.end());
        command.directory = directory_;
        command.deadline = patience_;
        command.environment = {{"GIT_TERMINAL_PROMPT", "0"},
                               {"GIT_ASKPASS", "/bin/false"},
                               {"SSH_ASKPASS", "/bin/false"},
                               {"LC_ALL", "C"}};
        if (std::getenv("GIT_SSH_COMMAND") == nullptr && std::getenv("GIT_SSH") == nullptr) {
            command.environment.emplace_back("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        return run_command(command);
    }
    // One line, or empty when it fails.
    std::string line(std::vector<std::string> words) const {
        const CommandResult result = run(std::move(words));
        return result.ok() ? result.out.substr(0, result.out.find('\n')) : std::string();
    }

private:
    std::filesystem::path directory_;
    std::chrono::milliseconds patience_;
};

constexpr char kHeads[] = "refs/heads/";

std::string short_branch(const std::string& ref) {
    return ref.starts_with(kHeads) ? ref.substr(sizeof(kHeads) - 1) : ref;
}

void compare(const Git& git, SourceUpdate& update) {
    if (update.remote == update.local ||
        git.run({"merge-base", "--is-ancestor", update.remote, "HEAD"}).ok()) {
        update.state = UpdateState::current;
        return;
    }
    update.state = UpdateState::newer;
    const std::string count = git.line({"rev-list", "--count", "HEAD.." + update.remote});
    if (!count.empty()) {
        update.behind = static_cast<std::uint32_t>(std::strtoul(count.c_str(), nullptr, 10));
    }
}

}  // namespace

SourceUpdate source_update(const std::filesystem::path& directory,
                           std::chrono::milliseconds patience) {
    SourceUpdate update;
    const std::optional<GitState> state = git_state(directory);
    if (!state) {
        update.reason = "no git work tree with a commit";
        return update;
    }
    update.branch = state->branch;
    update.local = state->commit;
    if (state->branch.empty()) {
        update.reason = "no branch is checked out";
        return update;
    }
    const Git git(directory, patience);
    const std::string section = "branch." + state->branch + ".";
    const std::string remote = git.line({"config", "--get", section + "remote"});
    const std::string ref = git.line({"config", "--get", section + "merge"});
    if (remote.empty() || ref.empty()) {
        update.reason = "branch " + state->branch + " has no upstream (git branch -u …)";
        return update;
    }
    update.upstream = remote + "/" + short_branch(ref);
    const CommandResult listed = git.run({"ls-remote", "--exit-code", "--", remote, ref});
    if (listed.timed_out) {
        update.reason = remote + " did not answer in time";
    } else if (listed.exit_code == 2) {
        update.reason = remote + " has no " + short_branch(ref);
    } else if (!listed.ok()) {
        update.reason = listed.said();
    } else {
        update.remote = listed.out.substr(0, listed.out.find_first_of(" \t\n"));
        compare(git, update);
    }
    return update;
}

}  // namespace teal::cli
