// Lines of any content: what is taken for an event is a JSON object of exactly four keys, because
// nginx hands it on as it is.
#include "shared/events/line.hpp"

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace {

bool is_sound(const std::string& line) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    return json.is_object() && json.size() == 4 && json.contains("time_unix_ms") &&
           json["time_unix_ms"].is_number_unsigned() && json.contains("kind") &&
           json["kind"].is_string() && json.contains("split") && json["split"].is_string() &&
           json.contains("text") && json["text"].is_string() &&
           line.find('\n') == std::string::npos;
}

}  // namespace

// The first byte chooses: even, the rest is the line; odd, the rest is an event's text, because
// random bytes never get as far.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    std::string line(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 != 0) {
        line =
            "{\"time_unix_ms\":1763992000123,\"kind\":\"switched\",\"split\":\"app\",\"text\":\"" +
            line + "\"}";
    }
    if (teal::events::is_event_line(line) && !is_sound(line)) {
        std::abort();
    }
    return 0;
}
