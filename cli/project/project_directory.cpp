#include "cli/project/project_directory.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <system_error>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool says_project(const fs::path& directory) {
    return is_file(directory / kTomlName) || !compose_file_in(directory).empty() ||
           is_file(directory / kProcfileName);
}

}  // namespace

const std::vector<std::string>& compose_file_names() {
    static const std::vector<std::string> names{"compose.yaml", "compose.yml",
                                                "docker-compose.yaml", "docker-compose.yml"};
    return names;
}

fs::path compose_file_in(const fs::path& directory) {
    for (const std::string& name : compose_file_names()) {
        if (is_file(directory / name)) {
            return directory / name;
        }
    }
    return {};
}

fs::path project_directory(const fs::path& start) {
    std::error_code error;
    const fs::path absolute = fs::canonical(start, error);
    if (error || !fs::is_directory(absolute, error)) {
        throw wrong_input(
            "\"" + start.string() + "\" is not a directory" + (error ? ": " + error.message() : ""),
            "name the project's directory, as in -C /srv/shop");
    }
    for (fs::path at = absolute;; at = at.parent_path()) {
        if (says_project(at)) {
            return at;
        }
        if (at == at.root_path()) {
            return absolute;
        }
    }
}

std::string project_name_for(const fs::path& directory) {
    std::string name;
    for (char c : directory.filename().string()) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
        const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (letter_or_digit || (!name.empty() && (c == '_' || c == '-'))) {
            name += c;
        }
    }
    return name.empty() ? "project" : name;
}

}  // namespace teal::cli
