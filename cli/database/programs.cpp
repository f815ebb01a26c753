#include "cli/database/programs.hpp"

#include "cli/error.hpp"
#include "cli/process/command.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <optional>

namespace teal::cli::database {
namespace {

namespace fs = std::filesystem;

std::optional<Programs> programs_in(const fs::path& directory) {
    const fs::path dump = directory / "pg_dump";
    for (const char* name : {"pg_dump", "pg_restore", "psql"}) {
        if (access((directory / name).c_str(), X_OK) != 0) {
            return std::nullopt;
        }
    }
    const CommandResult said = run_command({.argv = {dump.string(), "--version"}});
    const std::string version = program_version(said.out);
    return said.ok() && !version.empty() ? std::optional(Programs{directory, version})
                                         : std::nullopt;
}

void add(std::vector<Programs>& found, const fs::path& directory) {
    if (std::optional<Programs> programs = programs_in(directory)) {
        found.push_back(std::move(*programs));
    }
}

std::vector<fs::path> directories_in(const std::string& list) {
    std::vector<fs::path> directories;
    for (std::size_t at = 0; at < list.size();) {
        const std::size_t end = std::min(list.find(':', at), list.size());
        directories.emplace_back(list.substr(at, end - at));
        at = end + 1;
    }
    return directories;
}

// Debian's /usr/bin/pg_dump chooses among the versions that we have seen already, and takes a tenth
// of a second for it.
bool is_debians_choice(const fs::path& directory) {
    std::error_code ignored;
    return fs::canonical(directory / "pg_dump", ignored).filename() == "pg_wrapper";
}

void add_from_path(std::vector<Programs>& found) {
    const char* path = std::getenv("PATH");
    for (const fs::path& directory : directories_in(path == nullptr ? "" : path)) {
        const std::size_t before = found.size();
        if (directory.is_absolute() && !is_debians_choice(directory)) {
            add(found, directory);
        }
        if (found.size() > before) {
            return;  // as the shell does, the first one
        }
    }
}

bool is_better(const Programs& one, const Programs& other) {
    return major_of(one.version) > major_of(other.version);
}

}  // namespace

std::vector<Programs> find_programs() {
    std::vector<Programs> found;
    const char* named = std::getenv("TEAL_POSTGRES_BIN");
    if (named != nullptr && *named != '\0') {
        for (const fs::path& directory : directories_in(named)) {
            const std::size_t before = found.size();
            add(found, directory);
            if (found.size() == before) {
                throw wrong_input("TEAL_POSTGRES_BIN has \"" + directory.string() +
                                      "\", and psql, pg_dump and pg_restore are not all there",
                                  "name their directory, as in /usr/lib/postgresql/15/bin; "
                                  "several with ':' between them");
            }
        }
        return found;
    }
    std::error_code none;
    for (fs::directory_iterator at("/usr/lib/postgresql", none), end; !none && at != end;
         at.increment(none)) {
        add(found, at->path() / "bin");
    }
    add_from_path(found);
    if (found.empty()) {
        throw failure("psql, pg_dump and pg_restore are not installed here",
                      "install postgresql-client, or name their directory: TEAL_POSTGRES_BIN");
    }
    return found;
}

const Programs& newest(const std::vector<Programs>& installed) {
    return *std::min_element(installed.begin(), installed.end(), is_better);
}

const Programs& suitable(const std::vector<Programs>& installed, const ServerFacts& server) {
    const Programs* best = nullptr;
    for (const Programs& programs : installed) {
        const int major = major_of(programs.version);
        if (major >= server.major() && (best == nullptr || major < major_of(best->version))) {
            best = &programs;
        }
    }
    return best == nullptr ? newest(installed) : *best;
}

}  // namespace teal::cli::database
