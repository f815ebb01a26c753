// One line of nginx's access log in the format of conf/examples/access-log.conf: JSON, with which
// variant was decided and why, and which variants were tried.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace teal::cli {

struct AccessRecord {
    std::string time;  // ISO 8601
    std::string split;
    std::string variant;
    std::string reason;
    std::string generation;
    std::string attempts;  // "green, blue"; empty: no upstream was asked
    std::string status;
    std::string method;
    std::string uri;
    std::string request_time;     // seconds
    std::string upstream_addr;    // aligned with `attempts`
    std::string upstream_status;  // the same
};

// Nothing when the line is not of that format: not JSON, or without a time, split, variant or
// status. Bytes that are not UTF-8, which nginx copies from what a client sent, become '?'.
std::optional<AccessRecord> parse_access_line(std::string_view line);

// For a reader, in one line without its end: what a client sent cannot move the cursor.
std::string access_text(const AccessRecord& record);

// What is asked for; empty: anything.
struct AccessFilter {
    std::string variant{};
    std::string split{};

    bool takes(const AccessRecord& record) const {
        return (variant.empty() || record.variant == variant) &&
               (split.empty() || record.split == split);
    }
};

}  // namespace teal::cli
