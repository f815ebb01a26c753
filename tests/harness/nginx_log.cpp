#include "tests/harness/nginx_log.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "tests/harness/workspace.hpp"

namespace teal::harness {

namespace {

constexpr std::array<std::string_view, 8> kOffences = {
    "[alert]",          "[emerg]",       "exited on signal", "runtime error:",
    "AddressSanitizer", "LeakSanitizer", "ThreadSanitizer",  "left in connection"};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

bool is_offence(std::string_view line) {
    return std::any_of(kOffences.begin(), kOffences.end(), [line](std::string_view mark) {
        return line.find(mark) != std::string_view::npos;
    });
}

NginxLog::NginxLog(std::filesystem::path error_log, std::filesystem::path sanitizer_prefix)
    : error_log_(std::move(error_log)), sanitizer_prefix_(std::move(sanitizer_prefix)) {}

void NginxLog::expect(const std::string& pattern) {
    expected_.emplace_back(pattern);
}

std::string NginxLog::text() const {
    return read_file(error_log_);
}

std::vector<std::string> NginxLog::lines_with(std::string_view wanted) const {
    auto lines = lines_of(text());
    std::erase_if(lines,
                  [&](const std::string& line) { return line.find(wanted) == std::string::npos; });
    return lines;
}

std::vector<std::string> NginxLog::offences() const {
    auto lines = lines_of(text());
    std::erase_if(lines, [this](const std::string& line) {
        return !is_offence(line) ||
               std::any_of(expected_.begin(), expected_.end(), [&](const std::regex& pattern) {
                   return std::regex_search(line, pattern);
               });
    });
    std::error_code ignored;
    const std::string prefix = sanitizer_prefix_.filename().string() + ".";
    for (const auto& entry :
         std::filesystem::directory_iterator(sanitizer_prefix_.parent_path(), ignored)) {
        if (entry.path().filename().string().rfind(prefix, 0) == 0) {
            for (auto& line : lines_of(read_file(entry.path()))) {
                lines.push_back(entry.path().filename().string() + ": " + line);
            }
        }
    }
    return lines;
}

}  // namespace teal::harness
