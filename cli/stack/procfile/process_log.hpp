// The log of one process. The process writes into the file itself, so that its output goes on when
// the supervisor dies. The price: the file cannot be exchanged below it, only cut in place.
#pragma once

#include <filesystem>
#include <string>

namespace teal::cli {

// At most so much is kept, and as much again in the file with ".1" at its end.
inline constexpr std::uintmax_t kMostLogBytes = 16u << 20;

// Opened for appending, 0640, its directory made when it is missing. -1 with errno on failure.
int open_process_log(const std::filesystem::path& file);
// When it is longer than `most`: copied to FILE.1 and cut to nothing. Lines written between the
// two, microseconds apart, are lost.
void bound_process_log(const std::filesystem::path& file, std::uintmax_t most = kMostLogBytes);
// A line of the supervisor's own: "teal: ...". Failures are ignored: there is nobody to tell.
void log_remark(const std::filesystem::path& file, const std::string& text);

// The last `lines` lines, whole ones only. Also from FILE.1 when the file was cut lately. Empty
// when there is no such file.
std::string last_lines_of(const std::filesystem::path& file, unsigned lines);

}  // namespace teal::cli
