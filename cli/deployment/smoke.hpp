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

// How a request names a variant outright.
struct Pin {
    enum class Place { header, cookie, argument } place = Place::header;
    std::string name;
};

// From the split's rules in the counters file. Throws Error (failed) when nginx.conf has no pin, or
// one that a request cannot set by itself.
Pin pin_of(const NginxView& nginx, const std::string& split);

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
    // seconds: once. Throws Error (deployment failed) naming URL and problem.
    std::vector<SmokeAnswer> run(const std::vector<SnapshotEntry>& entries, Color color,
                                 std::chrono::milliseconds patience);

private:
    std::string try_entry(const SnapshotEntry& entry, Color color, SmokeAnswer& answer);
    std::string try_url(const SnapshotEntry& entry, Color color, const std::string& url,
                        SmokeAnswer& answer) const;

    const NginxView& nginx_;
    EntryUrls urls_;
};

}  // namespace teal::cli
