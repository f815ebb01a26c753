// What `teal doctor` looks at. Nothing here changes anything, not even by restoring.
#pragma once

#include "cli/diagnosis/finding.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/table_paths.hpp"
#include "shared/table/writing/image.hpp"

#include <optional>
#include <string>

namespace teal::cli {

// The table's file; its content when it could be read.
std::optional<table::TableImage> check_table(const TablePaths& paths, Findings& findings);
// The copy for after a reboot, compared with what is published.
void check_saved_copy(const TablePaths& paths, const std::optional<table::TableImage>& image,
                      Findings& findings);
void check_lock(const TablePaths& paths, Findings& findings);
void check_secret(const TablePaths& paths, bool needed, Findings& findings);
void check_space(const TablePaths& paths, Findings& findings);

// The counters' file and whether it may be read.
void check_counters(const NginxView& nginx, Findings& findings);
// Live workers, their versions and what generation they are on. `generation` 0: not known.
void check_workers(const NginxView& nginx, std::uint64_t generation, Findings& findings);
// A module's file, before nginx loads it.
void check_module_file(const std::string& path, Findings& findings);

// Splits and variants: what nginx.conf and the table say of each other.
void check_splits(const table::TableImage& image, const NginxView& nginx, Findings& findings);
// A split of the running nginx.conf uses sticky cookies.
bool needs_secret(const NginxView& nginx);

}  // namespace teal::cli
