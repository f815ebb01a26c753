// Reads what nginx and the sanitizers wrote, and says which lines no test may leave behind.
#pragma once

#include <filesystem>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace teal::harness {

class NginxLog {
public:
    // `error_log`: nginx's own log. `sanitizer_prefix`: log_path given to the sanitizers; they
    // append the pid of the process.
    NginxLog(std::filesystem::path error_log, std::filesystem::path sanitizer_prefix);

    // Lines matching `pattern` (ECMAScript, searched anywhere in the line) are what the test wants.
    void expect(const std::string& pattern);

    // Every line that says [alert], [emerg], a crashed worker, a socket left in a connection, or a
    // sanitizer's finding, and was not expected.
    std::vector<std::string> offences() const;

    // Lines of the error log that contain `text`.
    std::vector<std::string> lines_with(std::string_view text) const;

    std::string text() const;
    const std::filesystem::path& file() const { return error_log_; }

private:
    std::filesystem::path error_log_;
    std::filesystem::path sanitizer_prefix_;
    std::vector<std::regex> expected_;
};

// Whether a line is one of those offences.
bool is_offence(std::string_view line);

}  // namespace teal::harness
