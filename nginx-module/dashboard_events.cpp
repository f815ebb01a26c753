#include "nginx-module/dashboard_events.hpp"

#include "nginx-module/worker.hpp"
#include "shared/events/file.hpp"
#include "shared/text/slice.hpp"

#include <cstdio>

namespace teal::nginx {
namespace {

struct Tag {
    char text[64];
};

Tag tag_of(const events::EventFile& file) {
    Tag tag{};
    const struct stat& status = file.status();
    std::snprintf(tag.text, sizeof(tag.text), "%llx-%llx-%llx",
                  static_cast<unsigned long long>(status.st_ino),
                  static_cast<unsigned long long>(status.st_mtim.tv_sec) * 1'000'000'000u +
                      static_cast<unsigned long long>(status.st_mtim.tv_nsec),
                  static_cast<unsigned long long>(status.st_size));
    return tag;
}

// Good lines go to the page; a file that was not written by us is told as a number of bad ones.
void add_lines(Page& page, std::string_view text) {
    std::uint32_t skipped = 0;
    bool first = true;
    page.add(",\"lines\":[");
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        if (!events::is_event_line(line)) {
            ++skipped;
            continue;
        }
        page.add(first ? "" : ",").add_text(line);
        first = false;
    }
    page.add("],\"skipped\":%uD", skipped);
}

}  // namespace

void add_events(Page& page, ngx_http_request_t* r, std::string_view known_tag) {
    const auto* table = reinterpret_cast<const char*>(worker().conf->table_path.data);
    events::EventFile file;
    int error = 0;
    const events::Opened opened = file.open(table::events_path_of(table).text, &error);
    if (opened != events::Opened::ok) {
        page.add("{\"tag\":\"\",\"problem\":\"%s\",\"lines\":[],\"skipped\":0}",
                 opened == events::Opened::missing ? "" : events::opened_text(opened));
        return;
    }
    const Tag tag = tag_of(file);
    page.add("{\"tag\":\"%s\",\"problem\":\"\"", tag.text);
    if (known_tag != tag.text) {
        auto* text = static_cast<char*>(ngx_palloc(r->pool, file.bytes() + 1));
        add_lines(page,
                  text == nullptr ? std::string_view{} : std::string_view{text, file.read(text)});
    }
    page.add("}");
}

}  // namespace teal::nginx
