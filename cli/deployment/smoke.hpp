// The smoke test: a standby has to answer through nginx's own path before it may get traffic.
//
// A request that names the standby with the split's `pin` is sent to nginx. That the answer came
// from the standby is not believed but counted: its attempts in nginx's counters must have grown by
// these requests, and its errors not at all (with `retry safe`, a failing standby's requests are
// answered by the default variant).
#pragma once

#include "cli/deployment/entry_urls.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace teal::cli {

struct SmokeAnswer {
    std::string split;
    std::string url;
    double first_byte_ms = 0;
};

class SmokeTest {
public:
    SmokeTest(const Settings& settings, const NginxView& nginx)
        : nginx_(nginx), urls_(settings, nginx) {}

    // Asks until every entry has answered through nginx from the color, or the time is over; 0
    // seconds: once. All entries are asked at once: starting the probe costs more than an answer.
    // Throws Error (deployment failed) naming URL and problem.
    std::vector<SmokeAnswer> run(const std::vector<SnapshotEntry>& entries, Color color,
                                 std::chrono::milliseconds patience);

private:
    // One entry's way to an answer: its URLs are tried one after the other.
    struct Path {
        const SnapshotEntry* entry;
        std::vector<std::string> urls;
        std::size_t next = 0;    // of urls
        std::string problems{};  // of the URLs before
        bool answered = false;
    };

    std::vector<Path> paths_to(const std::vector<SnapshotEntry>& entries) const;
    void ask_once(std::vector<Path>& paths, Color color, std::vector<SmokeAnswer>& answers);
    void ask_next_urls(const std::vector<Path*>& paths, Color color,
                       std::vector<SmokeAnswer>& answers);

    const NginxView& nginx_;
    EntryUrls urls_;
};

}  // namespace teal::cli
