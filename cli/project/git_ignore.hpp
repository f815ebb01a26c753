// What git would commit.
#pragma once

#include <filesystem>
#include <optional>

namespace teal::cli {

// Whether git leaves `path`, which need not exist, out of commits. Nothing when it is not inside
// the work tree of `directory`, or there is no work tree or no git.
std::optional<bool> is_ignored_by_git(const std::filesystem::path& directory,
                                      const std::filesystem::path& path);

}  // namespace teal::cli
