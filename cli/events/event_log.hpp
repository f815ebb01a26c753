// events.jsonl beside the table: what was done, for the marks and the history of the dashboard.
//
// The last 200 only, each a line (shared/events/line.hpp), replaced as a whole, so that nginx's
// workers never read half of one. It is on tmpfs like the table and as readable as it: for people
// who look now. What has to last is in history.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

struct Event {
    std::uint64_t time_unix_ns = 0;  // 0: now
    std::string kind;                // "switched": lower-case letters and '_'
    std::string split;               // "app, api"; empty: all of the table
    std::string text;                // one sentence; cut when it is long
};

// Adds them to the events of the table at that path. Never throws, because what they tell of has
// been done: what went wrong, for a warning, or nothing.
std::string record_events(const std::string& table, const std::vector<Event>& events);

// The event's line, always one that the module takes; what is too long is cut.
std::string event_line(const Event& event);

// "app, api"
std::string joined_names(const std::vector<std::string>& names);

}  // namespace teal::cli
