// The smoke test: a standby has to answer through nginx's own path before it may get traffic.
//
// A request that names the standby with the split's `pin` is sent to nginx. That the answer came
// from the standby is not believed but counted: its attempts in nginx's counters must have grown by
// these requests, and its errors not at all (with `retry safe`, a failing standby's requests are
// answered by the default variant).
#pragma once

#include "cli/project/settings.hpp"
#include "cli/snapshot/metadata.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

struct SmokeAnswer {
    std::string split;
    std::string url;
    double first_byte_ms = 0;
};

class SmokeTest {
public:
    // `remembered`: a file that keeps the URLs that worked, so that they are tried first.
    SmokeTest(const Settings& settings, const NginxView& nginx, std::filesystem::path remembered);

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

    std::vector<std::string> candidates(const SnapshotEntry& entry) const;
    std::vector<Path> paths_to(const std::vector<SnapshotEntry>& entries) const;
    void ask_once(std::vector<Path>& paths, Color color, std::vector<SmokeAnswer>& answers);
    void ask_next_urls(const std::vector<Path*>& paths, Color color,
                       std::vector<SmokeAnswer>& answers);
    void remember(const std::string& split, const std::string& url);

    const Settings& settings_;
    const NginxView& nginx_;
    std::filesystem::path file_;
    std::vector<std::pair<std::string, std::string>> remembered_;  // split, URL
};

}  // namespace teal::cli
