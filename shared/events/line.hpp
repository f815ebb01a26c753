// One line of the events file: what the CLI did, for whoever looks at the dashboard.
//
//   {"time_unix_ms":1763992000123,"kind":"switched","split":"app, api","text":"green serves"}
//
// Keys in this order, no blanks between them, at most kMostLineBytes without the newline. The
// module hands lines on as they are, so what it accepts is a grammar and not "some JSON": strings
// are valid UTF-8 without control characters, and their only escapes are \" and \\.
// No heap, no exceptions: nginx's workers use it on a file that anybody may have written.
#pragma once

#include <cstddef>
#include <string_view>

namespace teal::events {

inline constexpr std::size_t kMostEvents = 200;  // that the file keeps
inline constexpr std::size_t kMostLineBytes = 1024;
inline constexpr std::size_t kMostFileBytes = 256 * 1024;
inline constexpr std::size_t kMostKindBytes = 32;  // lower-case letters and '_'
static_assert(kMostEvents * (kMostLineBytes + 1) <= kMostFileBytes);

// True for a line (without its newline) of the grammar above.
bool is_event_line(std::string_view line);

}  // namespace teal::events
