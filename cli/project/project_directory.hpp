// Where a project is: the nearest directory, going up, that says so by one of its files. Going up
// is what git, cargo and docker compose do, so that commands work from any place inside a project.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli {

// The names docker compose looks for, in its order.
const std::vector<std::string>& compose_file_names();

inline constexpr char kProcfileName[] = "Procfile";
inline constexpr char kTomlName[] = "teal.toml";

// The absolute path of the nearest directory at or above `start` with a teal.toml, a compose file
// or a Procfile; `start` itself, absolute, when there is none. Throws Error (wrong input) when
// `start` is no directory.
std::filesystem::path project_directory(const std::filesystem::path& start);

// The first compose file of the directory by compose's own rule, or an empty path.
std::filesystem::path compose_file_in(const std::filesystem::path& directory);

// What compose makes of a directory's name: lower-case letters, digits, '_' and '-', beginning with
// a letter or digit; "project" when nothing is left.
std::string project_name_for(const std::filesystem::path& directory);

}  // namespace teal::cli
