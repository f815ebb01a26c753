// A ramp and the table: what the table is to say of it, and what table and counters say to it.
#pragma once

#include "cli/ramp/machine.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/table_paths.hpp"
#include "shared/table/writing/image.hpp"

#include <string>

namespace teal::cli {

// Weights, states, guard and lease of the ramp's splits, whatever they were. A split or variant
// that is no longer there is left out.
void write_into(const Ramp& ramp, table::TableImage& image);

// Makes the table say so, in one publication, unless it does; sets `published` and `generation`.
// Waits for no proof. Throws Error.
void publish_ramp(Ramp& ramp, const TablePaths& paths, const std::string& holder);

// Now, by the system's clock.
Sight look_at(const Ramp& ramp, const table::TableImage& image, const NginxView& nginx);

}  // namespace teal::cli
