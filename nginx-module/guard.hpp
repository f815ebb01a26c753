// The guard inside nginx: every 100 ms one worker weighs what both arms of an armed split have
// counted, and takes the canary's traffic away when the evidence suffices. Needs neither the CLI
// nor an agent to be alive.
//
// Which worker: whoever holds the lock on the split's state in the counters file. Each asks at each
// tick; the kernel gives a dead worker's lock to the next that asks, and the state in the file goes
// on where it was.
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/table_view.hpp"

namespace teal::nginx {

// Looks which splits of the snapshot that is in use are armed, and lets the ticks begin or end.
// Called after every change of the snapshot.
void follow_guards(const MainConf& conf, const Snapshot* snapshot, ngx_log_t* log);

}  // namespace teal::nginx
