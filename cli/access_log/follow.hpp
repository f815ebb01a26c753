// `teal logs --access`: nginx's access log by variant, as it is or as it grows.
#pragma once

#include "cli/access_log/record.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace teal::cli {

struct AccessLogRequest {
    std::filesystem::path file;
    AccessFilter filter{};
    unsigned lines = 100;  // that are taken, to begin with
    bool follow = false;   // goes on until SIGINT, SIGTERM, or nobody reads standard output
    bool raw = false;      // lines as nginx wrote them
};

// Lines that were looked at; `malformed` of them are not of the format.
struct AccessLogCounts {
    std::uint64_t taken = 0;
    std::uint64_t passed_over = 0;
    std::uint64_t malformed = 0;
    std::string first_malformed{};  // shortened
};

// Gives lines with their ends to `print` and, when the first malformed one is met while following,
// a sentence to `warn`. Throws Error when the file cannot be read.
AccessLogCounts show_access_log(const AccessLogRequest& request,
                                const std::function<void(std::string_view)>& print,
                                const std::function<void(std::string_view)>& warn);

// "3 of 100 lines are not of the format …"; empty when all are.
std::string malformed_text(const AccessLogCounts& counts);

}  // namespace teal::cli
