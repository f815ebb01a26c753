// What a project needs for its deployments: its files, what nginx knows of its entries, and where
// deployments are kept. Nothing here changes anything.
#pragma once

#include "cli/diagnosis/finding.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/definition.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "shared/table/writing/image.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace teal::cli {

// Services that traffic reaches, and which are shared.
void check_definition(const StackDefinition& definition, Findings& findings);

// Each entry's split: in the table and in nginx.conf, with both colors, endpoints from the table,
// and a pin by which the standby is asked before it gets traffic. `image`: the table, if it can be
// read.
void check_entries(const StackDefinition& definition, const std::optional<table::TableImage>& image,
                   const NginxView& nginx, Findings& findings);

// Where snapshots, history and `active` are: may be written, is nobody else's, secrets are closed.
void check_deployment_directory(const std::filesystem::path& directory, Findings& findings);

}  // namespace teal::cli
