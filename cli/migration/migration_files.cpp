#include "cli/migration/migration_files.hpp"

#include "cli/error.hpp"
#include "shared/text/ascii.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace teal::cli::migration {
namespace {

namespace fs = std::filesystem;

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw wrong_input(path + " cannot be read: " + std::strerror(errno), "");
    }
    std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (file.bad()) {
        throw wrong_input(path + " cannot be read: " + std::strerror(errno), "");
    }
    return bytes;
}

// The way back, kept beside the way forth: run only to undo.
bool is_down_file(const fs::path& path) {
    const std::string name = path.filename().string();
    const bool flyway_undo = name.size() > 1 && name[0] == 'U' && is_digit(name[1]) &&
                             name.find("__") != std::string::npos;
    return name.ends_with(".down.sql") || name.ends_with("_down.sql") || name == "down.sql" ||
           flyway_undo;
}

void add_directory(const std::string& directory, MigrationFiles& found) {
    const std::vector<std::string> names = migration_paths(directory, found.skipped_down_files);
    if (names.empty()) {
        throw wrong_input("no migration in " + directory + ": it holds no *.sql file" +
                              (found.skipped_down_files > 0 ? " but those of the way back" : ""),
                          "name the directory that holds them");
    }
    for (const std::string& name : names) {
        found.sources.emplace_back(name, read_whole(name));
    }
}

}  // namespace

std::vector<std::string> migration_paths(const std::string& directory,
                                         std::size_t& skipped_down_files) {
    std::vector<std::string> names;
    std::error_code error;
    fs::recursive_directory_iterator entry(directory, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry->path().extension() != ".sql" || !entry->is_regular_file(error)) {
            continue;
        }
        if (is_down_file(entry->path())) {
            ++skipped_down_files;
        } else {
            names.push_back(entry->path().string());
        }
    }
    if (error) {
        throw wrong_input(directory + " cannot be read: " + error.message(), "");
    }
    std::sort(names.begin(), names.end(), runs_before);
    return names;
}

bool runs_before(const std::string& a, const std::string& b) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (!is_digit(a[i]) || !is_digit(b[j])) {
            if (a[i] != b[j]) {
                return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
            }
            ++i;
            ++j;
            continue;
        }
        const auto number = [](const std::string& text, std::size_t& at) {
            while (at < text.size() && text[at] == '0') {
                ++at;
            }
            const std::size_t start = at;
            while (at < text.size() && is_digit(text[at])) {
                ++at;
            }
            return text.substr(start, at - start);
        };
        const std::string left = number(a, i);
        const std::string right = number(b, j);
        if (left != right) {
            return left.size() != right.size() ? left.size() < right.size() : left < right;
        }
    }
    // Equal but for leading zeros: any fixed order will do.
    return a.size() - i != b.size() - j ? a.size() - i < b.size() - j : a < b;
}

MigrationFiles read_migration_files(const std::vector<std::string>& paths) {
    MigrationFiles found;
    for (const std::string& path : paths) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) {
            throw wrong_input("there is no file or directory " + path, "");
        }
        if (fs::is_directory(status)) {
            add_directory(path, found);
        } else if (fs::is_regular_file(status) || fs::is_fifo(status)) {
            found.sources.emplace_back(path, read_whole(path));
        } else {
            throw wrong_input(path + " is neither a file nor a directory", "");
        }
    }
    return found;
}

}  // namespace teal::cli::migration
