// What a project needs for its deployments: its files, what nginx knows of its entries, and where
// deployments are kept. Nothing here changes anything.
#pragma once

#include "cli/diagnosis/finding.hpp"
#include "cli/diagnosis/port_listeners.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/compose/host_ports.hpp"
#include "cli/stack/stack.hpp"
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

// What deployments have left: an interrupted one, `active` against the table, snapshots whose files
// are damaged, a history that cannot be read, endpoints that are not what runs.
void check_deployment_state(const Settings& settings, const std::optional<table::TableImage>& image,
                            Stack& stack, Findings& findings);

// Files of the project that a deployment reads: `.env`.
void check_project_files(const Settings& settings, Findings& findings);
// Whether what is deployed can be told and found again: no commit, changes, a detached head; and
// whether secrets of snapshots could be committed.
void check_git(const Settings& settings, Findings& findings);

struct PortOwners {
    std::vector<PortListener> listeners;
    std::vector<PublishedPort> published;
};
// Host ports that somebody else has: of shared services, and those that nginx is to take.
void check_ports(const std::vector<compose::HostPort>& wanted, const std::string& project,
                 const PortOwners& owners, Findings& findings);
void check_project_ports(const Settings& settings, const StackDefinition& definition,
                         Findings& findings);

}  // namespace teal::cli
