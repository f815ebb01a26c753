#include "cli/diagnosis/project_checks.hpp"

#include "cli/error.hpp"
#include "cli/stack/compose/resolved_project.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

using compose::HostPort;

bool is_any(const std::string& address) {
    return address.empty() || address == "0.0.0.0" || address == "::";
}

// A listener on all addresses is listed as one on loopback.
bool collides(const HostPort& wanted, const PortListener& listener) {
    const bool loopback = listener.address == "127.0.0.1" || listener.address == "[::1]";
    return wanted.port == listener.port &&
           (is_any(wanted.address) || loopback || wanted.address == listener.address);
}

bool is_docker(const std::string& program) {
    return program.starts_with("docker-proxy") || program == "dockerd" ||
           program.starts_with("rootlesskit");
}

std::string owner_text(const PortListener& listener) {
    return listener.program.empty() ? "a process that this user may not see"
                                    : fmt::format("{} (pid {})", listener.program, listener.pid);
}

// Who has it, if it is somebody else; empty: free, or rightly used.
std::string foreign_owner(const HostPort& wanted, const std::string& project,
                          const PortOwners& owners) {
    bool published = false;
    for (const PublishedPort& one : owners.published) {
        if (one.port == wanted.port) {
            published = true;
            if (one.project != project && !one.project.starts_with(project + "-")) {
                return "container " + one.container;
            }
        }
    }
    for (const PortListener& listener : owners.listeners) {
        const bool expected = (published && is_docker(listener.program)) ||
                              (!wanted.shared && listener.program == "nginx") ||
                              // Our own container's, seen by a user who sees no other processes.
                              (published && listener.program.empty());
        if (collides(wanted, listener) && !expected) {
            return owner_text(listener);
        }
    }
    return {};
}

}  // namespace

void check_ports(const std::vector<HostPort>& wanted, const std::string& project,
                 const PortOwners& owners, Findings& findings) {
    const std::size_t before = findings.list().size();
    std::string free;
    for (const HostPort& port : wanted) {
        const std::string owner = foreign_owner(port, project, owners);
        free += fmt::format("{}{}", free.empty() ? "" : ", ", port.port);
        if (owner.empty()) {
            continue;
        }
        if (port.shared) {
            findings.warning("port " + std::to_string(port.port),
                             fmt::format("{} publishes it, and {} has it", port.service, owner),
                             "end that, or change the port in the compose file");
        } else {
            findings.warning(
                "port " + std::to_string(port.port),
                fmt::format("colors leave it to nginx (ports of {}), and {} has it", port.service,
                            owner),
                fmt::format("end that, or let nginx listen elsewhere; it is {}'s port without Teal",
                            port.service));
        }
    }
    if (!wanted.empty() && findings.list().size() == before) {
        findings.ok("ports", free + ": free, nginx's or this project's");
    }
}

void check_project_ports(const Settings& settings, const StackDefinition& definition,
                         Findings& findings) {
    if (definition.kind != StackKind::compose) {
        return;  // a Procfile's processes are given free ports
    }
    try {
        const std::vector<HostPort> wanted =
            compose::host_ports(compose::resolve_project(settings).project, definition);
        std::vector<std::uint32_t> numbers;
        numbers.reserve(wanted.size());
        for (const HostPort& port : wanted) {
            numbers.push_back(port.port);
        }
        if (!numbers.empty()) {
            check_ports(wanted, definition.project, {listeners_on(numbers), published_ports()},
                        findings);
        }
    } catch (const Error& error) {
        findings.warning("ports", error.what(), error.next_step());
    }
}

}  // namespace teal::cli
