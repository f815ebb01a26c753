#include "cli/project/git_ignore.hpp"

#include "cli/process/command.hpp"

namespace teal::cli {

std::optional<bool> is_ignored_by_git(const std::filesystem::path& directory,
                                      const std::filesystem::path& path) {
    constexpr auto kPatience = std::chrono::seconds(10);
    // A pattern like ".teal/" means directories only: a name behind it makes it one.
    Command command{.argv = {"git", "check-ignore", "-q", "--", (path / "any").string()}};
    command.directory = directory;
    command.deadline = kPatience;
    const int code = run_command(command).exit_code;
    return code == 0 ? std::optional(true) : code == 1 ? std::optional(false) : std::nullopt;
}

}  // namespace teal::cli
