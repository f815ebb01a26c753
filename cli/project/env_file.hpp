// A project's `.env` as a file: read, and changed under a lock, so that of two commands at once
// neither loses what the other one wrote.
#pragma once

#include "cli/project/dotenv_edit.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

inline constexpr char kEnvFileName[] = ".env";

// `file` as seen from `directory`; the project's own `.env` when it is empty.
std::filesystem::path env_file_path(const std::string& directory, const std::string& file);

using EnvVariables = std::vector<std::pair<std::string, std::string>>;

// Names and values in the file's order. Throws Error when it is missing or cannot be read, naming
// file and line.
EnvVariables read_env_file(const std::filesystem::path& file);

struct EnvFileChange {
    std::vector<DotenvEffect> effects{};  // of each change
    bool changes = false;                 // the file's text
    bool creates = false;                 // there was no such file
};

// Mode and owner stay; a new file is 0600, since secrets come into it. `dry_run`: only says what
// would happen. Throws Error; the file is as it was then.
EnvFileChange change_env_file(const std::filesystem::path& file,
                              const std::vector<DotenvChange>& changes, bool dry_run);

// "FEATURE=true" words as changes. Throws Error (wrong input) for a word without '=', a name that
// is none, and a name given twice; values are not in its words.
std::vector<DotenvChange> parse_assignments(const std::vector<std::string>& words);
// Names as changes that take them out. Throws as above.
std::vector<DotenvChange> removals_of(const std::vector<std::string>& names);

}  // namespace teal::cli
