#include "cli/project/git_state.hpp"

#include "cli/process/command.hpp"

namespace teal::cli {
namespace {

constexpr auto kGitPatience = std::chrono::seconds(10);

std::optional<std::string> git(const std::filesystem::path& directory,
                               std::vector<std::string> words) {
    Command command;
    command.argv = {"git", "--no-optional-locks"};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.directory = directory;
    command.deadline = kGitPatience;
    CommandResult result = run_command(command);
    if (!result.ok()) {
        return std::nullopt;
    }
    result.out.erase(result.out.find_last_not_of('\n') + 1);
    return std::move(result.out);
}

}  // namespace

std::optional<GitState> git_state(const std::filesystem::path& directory) {
    const std::optional<std::string> commit = git(directory, {"rev-parse", "--verify", "HEAD"});
    if (!commit || commit->empty()) {
        return std::nullopt;
    }
    GitState state;
    state.commit = *commit;
    state.branch = git(directory, {"symbolic-ref", "--short", "-q", "HEAD"}).value_or("");
    state.dirty =
        !git(directory, {"status", "--porcelain", "--untracked-files=no"}).value_or("").empty();
    return state;
}

std::string git_text(const GitState& git) {
    std::string text = git.commit.substr(0, 10);
    if (!git.branch.empty() || git.dirty) {
        text += " (" + git.branch + (git.branch.empty() || !git.dirty ? "" : ", ") +
                (git.dirty ? "with changes" : "") + ")";
    }
    return text;
}

}  // namespace teal::cli
