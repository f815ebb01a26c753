#include "tests/harness/workspace.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>
#include <system_error>

namespace teal::harness {

namespace {

std::filesystem::path write_with(const std::filesystem::path& file, std::string_view text,
                                 std::ios::openmode mode) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, mode | std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out) {
        throw std::system_error(errno, std::generic_category(), "cannot write " + file.string());
    }
    return file;
}

}  // namespace

Workspace::Workspace(std::string_view name) : exceptions_at_start_(std::uncaught_exceptions()) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / ("teal-" + std::string(name) + "-XXXXXX"))
            .string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "cannot create " + pattern);
    }
    root_ = pattern;
    ::chmod(root_.c_str(), 0755);
}

Workspace::~Workspace() {
    const char* wish = std::getenv("TEAL_KEEP_WORKSPACE");
    const bool wanted = wish != nullptr && std::string_view(wish) == "1";
    if (keep_ || wanted || std::uncaught_exceptions() > exceptions_at_start_) {
        std::fprintf(stderr, "workspace kept: %s\n", root_.c_str());
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

std::filesystem::path Workspace::write(std::string_view relative, std::string_view text) {
    return write_with(path(relative), text, std::ios::trunc);
}

std::filesystem::path Workspace::append(std::string_view relative, std::string_view text) {
    return write_with(path(relative), text, std::ios::app);
}

std::string Workspace::read(std::string_view relative) const {
    return read_file(path(relative));
}

std::filesystem::path Workspace::make_directory(std::string_view relative) {
    const auto directory = path(relative);
    std::filesystem::create_directories(directory);
    return directory;
}

std::uint16_t Workspace::free_port() {
    return ports_.emplace_back().port();
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;  // files of /proc do not know their size
    text << in.rdbuf();
    return text.str();
}

}  // namespace teal::harness
