#include "cli/access_log/follow.hpp"

#include "cli/files/tailed_file.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <vector>

namespace teal::cli {
namespace {

constexpr std::size_t kShownOfMalformed = 60;

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int) {
    interrupted = 1;
}

void listen_for_interrupts() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = note_interrupt;  // no SA_RESTART: it must end the wait
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

class AccessLogView {
public:
    explicit AccessLogView(const AccessLogRequest& request) : request_(request) {}

    // What is to be shown of the line, with an end; empty: nothing.
    std::string shown(std::string_view line) {
        if (line.empty()) {
            return "";
        }
        const std::optional<AccessRecord> record = parse_access_line(line);
        if (!record) {
            if (++counts_.malformed == 1) {
                counts_.first_malformed = line.substr(0, kShownOfMalformed);
            }
            return "";
        }
        if (!request_.filter.takes(*record)) {
            ++counts_.passed_over;
            return "";
        }
        ++counts_.taken;
        return (request_.raw ? std::string(line) : access_text(*record)) + "\n";
    }

    // The last lines that are taken, oldest first; `file` goes on behind them.
    std::string last(TailedFile& file) {
        std::vector<std::string> found;
        file.begin([&](std::string_view line) {
            if (found.size() < request_.lines) {
                if (std::string text = shown(line); !text.empty()) {
                    found.push_back(std::move(text));
                }
            }
            return found.size() < request_.lines;
        });
        std::string all;
        for (auto at = found.rbegin(); at != found.rend(); ++at) {
            all += *at;
        }
        return all;
    }

    const AccessLogCounts& counts() const { return counts_; }

private:
    const AccessLogRequest& request_;
    AccessLogCounts counts_;
};

std::string shown_of(AccessLogView& view, std::string_view text) {
    std::string all;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        all += view.shown(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
}

}  // namespace

AccessLogCounts show_access_log(const AccessLogRequest& request,
                                const std::function<void(std::string_view)>& print,
                                const std::function<void(std::string_view)>& warn) {
    AccessLogView view(request);
    TailedFile file(request.file);
    if (!request.follow) {
        print(view.last(file));
        return view.counts();
    }
    listen_for_interrupts();
    // Watched first, so that nothing falls between the first look and the first event.
    const int watch = watch_directory(std::filesystem::absolute(request.file).parent_path());
    print(view.last(file));
    bool warned = false;
    while (interrupted == 0) {
        if (const std::string text = shown_of(view, file.read_new()); !text.empty()) {
            print(text);
        }
        if (!warned && view.counts().malformed > 0) {
            warned = true;
            warn(malformed_text(view.counts()) + "; how many in all is told at the end");
        }
        pollfd waits[] = {{watch, POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        poll(waits, 2, -1);
        if ((waits[1].revents & (POLLERR | POLLHUP)) != 0) {
            break;
        }
        char events[4096];
        while (read(watch, events, sizeof(events)) > 0) {
        }
    }
    close(watch);
    return view.counts();
}

std::string malformed_text(const AccessLogCounts& counts) {
    if (counts.malformed == 0) {
        return "";
    }
    const std::uint64_t all = counts.malformed + counts.taken + counts.passed_over;
    return fmt::format(
        "{} of {} lines are not of conf/examples/access-log.conf's format, as \"{}\"",
        counts.malformed, all, counts.first_malformed);
}

}  // namespace teal::cli
