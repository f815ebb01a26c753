#include "cli/diagnosis/preflight.hpp"

#include "cli/diagnosis/checks.hpp"
#include "cli/diagnosis/host_checks.hpp"
#include "cli/diagnosis/project_checks.hpp"
#include "cli/error.hpp"
#include "cli/traffic/table_session.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::cli {
namespace {

// Snapshots are text; a full disk is what this looks for.
constexpr std::uint64_t kDeploymentProblem = 16u << 20;
constexpr std::uint64_t kDeploymentWarning = 256u << 20;

// A table that a reboot took is brought back by the deployment itself, from its saved copy.
std::optional<table::TableImage> look_at_table(const TablePaths& paths, Findings& findings) {
    if (access(paths.table.c_str(), F_OK) == 0 || access(paths.saved.c_str(), F_OK) != 0) {
        return check_table(paths, findings);
    }
    try {
        table::TableImage image = read_table(paths, Missing::leave_alone);
        findings.ok("table", paths.table + " comes back from its saved copy");
        return image;
    } catch (const Error& error) {
        findings.problem("table", error.what(), error.next_step());
        return std::nullopt;
    }
}

void check_writable(const TablePaths& paths, Findings& findings) {
    // The lock's file is made at the first change; then its directory decides.
    const std::string directory = std::filesystem::path(paths.table).parent_path().string();
    for (const std::string& path : {paths.table, paths.lock}) {
        if (access(path.c_str(), W_OK) == 0) {
            continue;
        }
        if (errno == ENOENT && access(directory.c_str(), W_OK | X_OK) == 0) {
            continue;
        }
        findings.problem("table", path + ": " + std::strerror(errno),
                         "run as a user who may write it");
        return;
    }
    const std::string saved_in = std::filesystem::path(paths.saved).parent_path().string();
    if (access(saved_in.c_str(), W_OK | X_OK) != 0) {
        findings.warning("saved copy", saved_in + ": " + std::strerror(errno),
                         "run as a user who may write there, or a reboot loses the switch");
    }
}

}  // namespace

void check_project(const Settings& settings, const StackDefinition& definition,
                   Findings& findings) {
    check_definition(definition, findings);
    if (definition.kind == StackKind::compose) {
        const DockerFacts docker = ask_docker();
        check_docker(docker, true, findings);
        check_compose(docker, true, findings);
        check_docker_disk(docker, findings);
    }
    check_deployment_directory(settings.deployment_directory, findings);
    check_free_space(
        "deployment disk", settings.deployment_directory,
        {kDeploymentProblem, kDeploymentWarning, "free some, or keep fewer: ROLLBACK_LIMIT"},
        findings);
}

void check_traffic_of(const StackDefinition& definition, const TablePaths& paths,
                      const std::optional<table::TableImage>& image, const NginxView& nginx,
                      Findings& findings) {
    check_writable(paths, findings);
    check_space(paths, findings);
    check_counters(nginx, findings);
    if (nginx.is_open()) {
        check_workers(nginx, image ? image->generation : 0, findings);
    }
    check_entries(definition, image, nginx, findings);
}

Findings preflight(const Settings& settings, Stack& stack) {
    Findings findings;
    const StackDefinition& definition = stack.definition();
    check_project(settings, definition, findings);
    const TablePaths paths = table_paths(settings.table, settings.counters);
    const std::optional<table::TableImage> image = look_at_table(paths, findings);
    check_traffic_of(definition, paths, image, NginxView(paths.counters), findings);
    return findings;
}

}  // namespace teal::cli
