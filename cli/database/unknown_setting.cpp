#include "cli/database/unknown_setting.hpp"

#include "cli/database/server.hpp"

#include <cstdlib>
#include <sstream>

namespace teal::cli::database {
namespace {

constexpr int kFirstWithTimeout = 17;
constexpr char kComplaintEnd[] = "Command was: SET transaction_timeout = 0;";
constexpr char kErrorStart[] = "pg_restore: error: ";
constexpr char kSum[] = "pg_restore: warning: errors ignored on restore: ";

}  // namespace

bool sets_unknown_setting(const std::string& pg_restore_version, int server_major) {
    return server_major < kFirstWithTimeout && major_of(pg_restore_version) >= kFirstWithTimeout;
}

CommandResult without_unknown_setting(CommandResult result) {
    long known = 0;
    long summed = 0;
    std::string other;
    std::string message;  // one of pg_restore's, as far as it was read
    std::istringstream lines(result.err);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(kSum)) {
            summed = std::atol(line.c_str() + sizeof(kSum) - 1);
            continue;
        }
        if (line.starts_with("pg_restore: ")) {
            other += message;
            message.clear();
        }
        message += line + "\n";
        if (line == kComplaintEnd && message.starts_with(kErrorStart)) {
            ++known;
            message.clear();
        }
    }
    other += message;
    // Its workers' errors are not in its sum.
    const bool all_known = known > 0 && summed <= known && !other.starts_with(kErrorStart) &&
                           other.find(std::string("\n") + kErrorStart) == std::string::npos;
    if (result.exit_code == 1 && all_known) {
        result.exit_code = 0;
    }
    if (result.ok() || !other.empty()) {
        result.err = other;
    }
    return result;
}

}  // namespace teal::cli::database
