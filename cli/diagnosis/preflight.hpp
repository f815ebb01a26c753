// What must be right before a deployment changes anything: the part of `teal doctor` that stands
// between a user and a failure half-way.
#pragma once

#include "cli/diagnosis/finding.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/table_paths.hpp"
#include "shared/table/writing/image.hpp"

#include <optional>

namespace teal::cli {

// Docker reachable (for a compose project), table readable and writable, nginx running with the
// module and its workers on the table's generation, every entry's split known with both colors,
// room where things are written. Takes what `docker info` takes, about 0.2 s, and starts nothing.
// Throws Error (wrong input) only for what stack.definition() refuses.
Findings preflight(const Settings& settings, Stack& stack);

// Its two halves, for `teal doctor`, which looks at the table in between more closely.
void check_project(const Settings& settings, const StackDefinition& definition, Findings& findings);
// `image`: the table, if it can be read.
void check_traffic_of(const StackDefinition& definition, const TablePaths& paths,
                      const std::optional<table::TableImage>& image, const NginxView& nginx,
                      Findings& findings);

}  // namespace teal::cli
