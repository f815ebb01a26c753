#include "cli/project/env_file.hpp"

#include "cli/error.hpp"
#include "cli/files/directory_lock.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/project/dotenv_scan.hpp"
#include "cli/project/project_directory.hpp"

#include <algorithm>
#include <system_error>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kSecret = 0600;
constexpr auto kLockPatience = std::chrono::seconds(10);

// What a symbolic link points to: one lock for all ways to the same file.
fs::path real_path(const fs::path& file) {
    std::error_code error;
    if (fs::is_symlink(fs::symlink_status(file, error)) && !fs::exists(file, error)) {
        throw failure(file.string() + ": points to a file that is not there",
                      "make that file, or remove the link");
    }
    const fs::path real = fs::canonical(file, error);
    return error ? file : real;
}

void demand_name(const std::string& name) {
    if (!is_dotenv_name(name)) {
        throw wrong_input("\"" + name + "\" is no name of a variable",
                          "use letters, digits and '_', not beginning with a digit");
    }
}

void add_once(std::vector<DotenvChange>& changes, DotenvChange change) {
    demand_name(change.name);
    for (const DotenvChange& known : changes) {
        if (known.name == change.name) {
            throw wrong_input(change.name + " is given twice", "give each name once");
        }
    }
    changes.push_back(std::move(change));
}

}  // namespace

fs::path env_file_path(const std::string& directory, const std::string& file) {
    const fs::path start = directory.empty() ? fs::current_path() : fs::absolute(directory);
    return file.empty() ? project_directory(start) / kEnvFileName
                        : (start / file).lexically_normal();
}

EnvVariables read_env_file(const fs::path& file) {
    const std::optional<std::string> text = read_if_exists(file);
    if (!text) {
        throw failure(file.string() + ": there is no such file",
                      "teal env set NAME=VALUE makes it; --file names another one");
    }
    return dotenv_values(file, *text, OtherLines::skip);
}

EnvFileChange change_env_file(const fs::path& file, const std::vector<DotenvChange>& changes,
                              bool dry_run) {
    const fs::path real = real_path(file);
    const DirectoryLock lock(real.parent_path(), kLockPatience);
    const std::optional<std::string> text = read_if_exists(real);
    const DotenvEdit edit = edit_dotenv(file, text.value_or(""), changes);
    EnvFileChange change{edit.effects, edit.text != text.value_or(""), !text};
    change.creates = change.creates && change.changes;
    if (change.changes && !dry_run) {
        replace_durably(real, edit.text, kSecret);
    }
    return change;
}

std::vector<DotenvChange> parse_assignments(const std::vector<std::string>& words) {
    std::vector<DotenvChange> changes;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos) {
            // The word may be a value that lost its name: not shown unless it looks like a name.
            throw wrong_input(
                is_dotenv_name(word) ? word + " has no value" : "a word has no '=' in it",
                "write NAME=VALUE, in quotes when there are spaces in it; `teal env "
                "unset NAME` takes one out");
        }
        add_once(changes, {word.substr(0, equals), word.substr(equals + 1)});
    }
    return changes;
}

std::vector<DotenvChange> removals_of(const std::vector<std::string>& names) {
    std::vector<DotenvChange> changes;
    for (const std::string& name : names) {
        add_once(changes, {name, std::nullopt});
    }
    return changes;
}

}  // namespace teal::cli
