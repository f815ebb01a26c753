#include "nginx-module/bell.hpp"

#include "shared/table/paths.hpp"

#include <sys/inotify.h>
#include <unistd.h>
#include <cstring>

namespace teal::nginx {
namespace {

constinit int notifier = -1;
constinit int watch = -1;
constinit BellHandler on_ring = nullptr;
constinit table::Path directory{};

void on_readable(ngx_event_t* event) {
    alignas(inotify_event) char events[4096];
    for (;;) {
        const ssize_t got = read(notifier, events, sizeof(events));
        if (got <= 0) {
            break;
        }
        for (ssize_t at = 0; at < got;) {
            const auto* one = reinterpret_cast<const inotify_event*>(events + at);
            if ((one->mask & IN_IGNORED) != 0 && one->wd == watch) {
                watch = -1;  // the directory is gone
            }
            at += static_cast<ssize_t>(sizeof(inotify_event) + one->len);
        }
    }
    on_ring(event->log);
}

}  // namespace

bool bell_rings() {
    return watch >= 0;
}

bool watch_bell() {
    if (notifier >= 0 && watch < 0) {
        watch = inotify_add_watch(notifier, directory.text,
                                  IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    }
    return bell_rings();
}

void ring_with(ngx_cycle_t* cycle, const MainConf& conf, BellHandler handler) {
    on_ring = handler;
    const auto* path = reinterpret_cast<const char*>(conf.table_path.data);
    directory = table::joined(path, table::directory_bytes(path), "");
    watch = -1;
    notifier = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (notifier < 0) {
        ngx_log_error(
            NGX_LOG_WARN, cycle->log, ngx_errno,
            "teal: inotify_init1() failed, this worker looks for publications by a timer");
        return;
    }
    // A channel is what nginx calls a descriptor of its own that is no client's: a leaving worker
    // does not report it as a connection left open.
    if (ngx_add_channel_event(cycle, notifier, NGX_READ_EVENT, on_readable) != NGX_OK) {
        close(notifier);
        notifier = -1;
        return;
    }
    watch_bell();
}

}  // namespace teal::nginx
