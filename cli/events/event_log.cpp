#include "cli/events/event_log.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/output/quantities.hpp"
#include "shared/events/file.hpp"
#include "shared/table/paths.hpp"
#include "shared/table/writing/lock.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <nlohmann/json.hpp>
#include <sstream>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kLogPatience = std::chrono::milliseconds(1000);
// Each byte may become two in JSON.
constexpr std::size_t kMostSplitBytes = 100;
constexpr std::size_t kMostTextBytes = 340;
static_assert(2 * (kMostSplitBytes + kMostTextBytes) + 120 < events::kMostLineBytes);

// Valid UTF-8 of one line, of at most so many bytes.
std::string plain(const std::string& text, std::size_t most) {
    constexpr char kCut[] = "…";
    // What is no UTF-8 becomes U+FFFD; the quotes around it go.
    const std::string valid =
        Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
    std::string line;
    std::replace_copy_if(
        valid.begin(), valid.end(), std::back_inserter(line),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    if (line.size() <= most) {
        return line;
    }
    std::size_t end = most - std::strlen(kCut);
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0u) == 0x80u) {
        --end;
    }
    return line.substr(0, end) + kCut;
}

// The good lines there are. A file that nobody may have written here is begun anew.
std::deque<std::string> read_lines(const std::string& path) {
    std::deque<std::string> lines;
    events::EventFile file;
    int error = 0;
    const events::Opened opened = file.open(path.c_str(), &error);
    if (opened == events::Opened::failed) {
        throw failure(path + ": " + std::strerror(error), "run as a user who may read it");
    }
    if (opened != events::Opened::ok) {
        return lines;
    }
    std::string text(file.bytes(), '\0');
    text.resize(file.read(text.data()));
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        if (events::is_event_line(line)) {
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

void add_lines(const std::string& path, const std::vector<Event>& events) {
    std::deque<std::string> lines = read_lines(path);
    for (const Event& event : events) {
        lines.push_back(event_line(event));
    }
    while (lines.size() > events::kMostEvents) {
        lines.pop_front();
    }
    std::string text;
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    write_atomically(path, text);
}

}  // namespace

std::string event_line(const Event& event) {
    std::string kind = event.kind.substr(0, events::kMostKindBytes);
    std::replace(kind.begin(), kind.end(), ' ', '_');
    const std::uint64_t time = event.time_unix_ns != 0 ? event.time_unix_ns : now_unix_ns();
    return Json{{"time_unix_ms", time / 1'000'000u},
                {"kind", kind},
                {"split", plain(event.split, kMostSplitBytes)},
                {"text", plain(event.text, kMostTextBytes)}}
        .dump();
}

std::string record_events(const std::string& table, const std::vector<Event>& events) {
    if (events.empty()) {
        return "";
    }
    const std::string path = table::events_path_of(table.c_str()).text;
    const std::string what = "not written for the dashboard: ";
    try {
        table::WriterLock lock;
        const std::string reason = lock.acquire(path + ".lock", kLogPatience, "teal");
        if (!reason.empty()) {
            return what + reason;
        }
        add_lines(path, events);
        return "";
    } catch (const std::exception& error) {
        return what + error.what();
    }
}

std::string joined_names(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

}  // namespace teal::cli
