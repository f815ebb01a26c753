#include "cli/access_log/record.hpp"

#include <fmt/format.h>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::json;

Json parsed(std::string_view line) {
    Json json = Json::parse(line, nullptr, false);
    if (!json.is_discarded()) {
        return json;
    }
    // escape=json leaves bytes above 0x7f as the client sent them.
    std::string ascii(line);
    for (char& c : ascii) {
        c = (static_cast<unsigned char>(c) & 0x80u) != 0 ? '?' : c;
    }
    return Json::parse(ascii, nullptr, false);
}

// A text or a number, whichever the format wrote it as; empty when it is missing.
std::string field(const Json& json, const char* name) {
    const auto found = json.find(name);
    if (found == json.end()) {
        return "";
    }
    return found->is_string() ? found->get<std::string>() : found->is_number() ? found->dump() : "";
}

std::string harmless(std::string text) {
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 0x20 || byte == 0x7f ? '?' : c;
    }
    return text;
}

std::string seconds_text(const std::string& seconds) {
    char* end = nullptr;
    const double value = std::strtod(seconds.c_str(), &end);
    return end == seconds.c_str() ? "-" : fmt::format("{:.0f} ms", value * 1000);
}

}  // namespace

std::optional<AccessRecord> parse_access_line(std::string_view line) {
    const Json json = parsed(line);
    if (!json.is_object()) {
        return std::nullopt;
    }
    AccessRecord record{.time = field(json, "time"),
                        .split = field(json, "split"),
                        .variant = field(json, "variant"),
                        .reason = field(json, "reason"),
                        .generation = field(json, "generation"),
                        .attempts = field(json, "attempts"),
                        .status = field(json, "status"),
                        .method = field(json, "method"),
                        .uri = field(json, "uri"),
                        .request_time = field(json, "request_time"),
                        .upstream_addr = field(json, "upstream_addr"),
                        .upstream_status = field(json, "upstream_status")};
    const bool complete = !record.time.empty() && !record.split.empty() &&
                          !record.variant.empty() && !record.status.empty();
    return complete ? std::optional(record) : std::nullopt;
}

std::string access_text(const AccessRecord& record) {
    std::string text =
        fmt::format("{} {} {} ({}) {} {:>8} {} {}", record.time, record.split, record.variant,
                    record.reason, record.status, seconds_text(record.request_time),
                    record.method.empty() ? "-" : record.method, record.uri);
    // One attempt on the variant that was decided is what everybody expects.
    if (!record.attempts.empty() && record.attempts != record.variant) {
        text += fmt::format(" [tried {}: {}]", record.attempts, record.upstream_status);
    }
    return harmless(text);
}

}  // namespace teal::cli
