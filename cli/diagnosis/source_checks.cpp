#include "cli/diagnosis/project_checks.hpp"
#include "cli/project/git_ignore.hpp"
#include "cli/project/git_state.hpp"

#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::cli {

void check_project_files(const Settings& settings, Findings& findings) {
    const std::string file = (settings.directory / ".env").string();
    if (access(file.c_str(), F_OK) == 0 && access(file.c_str(), R_OK) != 0) {
        findings.problem("files", file + ": " + std::strerror(errno),
                         "run as a user who may read it, or give it to this one: chown");
    }
}

void check_git(const Settings& settings, Findings& findings) {
    const std::size_t before = findings.list().size();
    // Snapshots hold copies of .env.
    if (is_ignored_by_git(settings.directory, settings.deployment_directory) == false) {
        findings.warning("git",
                         settings.deployment_directory.string() +
                             " is not ignored: its secrets could be "
                             "committed",
                         "add the line " +
                             settings.deployment_directory.lexically_relative(settings.directory)
                                 .begin()
                                 ->string() +
                             "/ to .gitignore");
    }
    const std::optional<GitState> state = git_state(settings.directory);
    if (!state) {
        findings.ok("git", "no commit here; snapshots will not name one");
        return;
    }
    if (state->dirty) {
        findings.warning("git", git_text(*state) + ": what is deployed is in no commit",
                         "git commit, or git stash");
    }
    if (state->branch.empty()) {
        findings.warning("git", state->commit.substr(0, 10) + " is checked out, and no branch",
                         "git switch BRANCH");
    }
    if (findings.list().size() == before) {
        findings.ok("git", git_text(*state));
    }
}

}  // namespace teal::cli
