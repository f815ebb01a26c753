// Waking an idle worker when something was published. The writer ends every publication with a
// write(2) into the table, which inotify reports to everybody who watches the table's directory:
// one system call of the writer wakes all workers, and it needs no list of them. The same watch
// tells of a table that comes into being or is replaced.
//
// Rejected: signals (the writer would need the workers' pids and the right to signal them), a
// futex (nginx's event loop cannot wait for it), a short timer alone (wakes an idle machine).
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

using BellHandler = void (*)(ngx_log_t* log);

// Starts listening in this process. When that is not possible (inotify's instances are limited) it
// logs why, and bell_rings() is false: the caller has to poll.
void ring_with(ngx_cycle_t* cycle, const MainConf& conf, BellHandler handler);

// Watches the directory unless it is being watched; it may appear later than nginx, or be made
// anew. Returns bell_rings().
bool watch_bell();
bool bell_rings();

}  // namespace teal::nginx
