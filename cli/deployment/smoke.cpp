#include "cli/deployment/smoke.hpp"

#include "cli/deployment/smoke_request.hpp"
#include "cli/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPause = milliseconds(250);

}  // namespace

std::vector<SmokeTest::Path> SmokeTest::paths_to(const std::vector<SnapshotEntry>& entries) const {
    std::vector<Path> paths;
    for (const SnapshotEntry& entry : entries) {
        paths.push_back({&entry, urls_.candidates(entry)});
        if (paths.back().urls.empty()) {
            paths.back().problems =
                "nginx's URL is not known: its listening sockets cannot be seen from here";
        }
    }
    return paths;
}

// One URL of each of these entries. Entries of one split share its counters, so their requests are
// counted together.
void SmokeTest::ask_next_urls(const std::vector<Path*>& paths, Color color,
                              std::vector<SmokeAnswer>& answers) {
    std::vector<SmokeRequest> requests;
    std::vector<ProbeTarget> targets;
    std::map<std::uint32_t, std::uint64_t> asked;  // requests by variant
    for (const Path* path : paths) {
        requests.push_back(smoke_request(nginx_, *path->entry, color, path->urls[path->next]));
        const SmokeRequest& request = requests.back();
        if (request.problem.empty()) {
            // Every replica has answered its own health check; here the way to them is tested.
            targets.insert(targets.end(), request.times, request.target);
            asked[request.variant] += request.times;
        }
    }
    std::map<std::uint32_t, Attempts> before;
    for (const auto& [variant, times] : asked) {
        before[variant] = attempts_of(nginx_, variant);
    }
    const std::vector<ProbeAnswer> given = probe_all(targets);
    std::map<std::uint32_t, Attempts> grown;
    for (const auto& [variant, then] : before) {
        const Attempts now = attempts_of(nginx_, variant);
        grown[variant] = {now.started - then.started, now.errors - then.errors};
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        Path& path = *paths[i];
        SmokeRequest& request = requests[i];
        const std::string& url = path.urls[path.next];
        const std::string& split = path.entry->entry.split;
        SmokeAnswer answer{split, url};
        for (std::size_t last = at + (request.problem.empty() ? request.times : 0); at < last;
             ++at) {
            if (!given[at].good) {
                request.problem = url + ": " + given[at].problem;
            }
            answer.first_byte_ms = std::max(answer.first_byte_ms, given[at].first_byte_ms);
        }
        if (request.problem.empty()) {
            request.problem =
                against_counters(url, split, color, grown[request.variant], asked[request.variant]);
        }
        if (request.problem.empty()) {
            path.answered = true;
            urls_.remember(split, url);
            answers.push_back(std::move(answer));
        } else {
            path.problems += (path.problems.empty() ? "" : "; ") + request.problem;
            ++path.next;
        }
    }
}

void SmokeTest::ask_once(std::vector<Path>& paths, Color color, std::vector<SmokeAnswer>& answers) {
    while (true) {
        std::vector<Path*> due;
        for (Path& path : paths) {
            if (!path.answered && path.next < path.urls.size()) {
                due.push_back(&path);
            }
        }
        if (due.empty()) {
            return;
        }
        ask_next_urls(due, color, answers);
    }
}

std::vector<SmokeAnswer> SmokeTest::run(const std::vector<SnapshotEntry>& entries, Color color,
                                        milliseconds patience) {
    const auto give_up = steady_clock::now() + patience;
    std::vector<SmokeAnswer> answers;
    std::vector<Path> paths = paths_to(entries);
    while (true) {
        ask_once(paths, color, answers);
        const auto silent = std::find_if(paths.begin(), paths.end(),
                                         [](const Path& path) { return !path.answered; });
        if (silent == paths.end()) {
            return answers;
        }
        if (steady_clock::now() + kPause >= give_up) {
            throw Error(ExitCode::deployment_failed,
                        fmt::format("{} does not answer through nginx: {}", silent->entry->service,
                                    silent->problems),
                        "say where nginx leads to it: label teal.smoke (a path or URL), "
                        "[nginx] url in teal.toml, or TEAL_NGINX_URL; or a longer --timeout");
        }
        std::this_thread::sleep_for(kPause);
        for (Path& path : paths) {
            path.next = 0;
            path.problems = path.urls.empty() ? path.problems : "";
        }
    }
}

}  // namespace teal::cli
