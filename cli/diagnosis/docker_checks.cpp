#include "cli/diagnosis/host_checks.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace teal::cli {
namespace {

// An image of a usual service with its layers unpacked; less is no deployment.
constexpr std::uint64_t kDockerProblem = 512u << 20;
constexpr std::uint64_t kDockerWarning = 2048u << 20;

// Without docker a project of processes works as well: then its absence is only said.
void report(bool needed, const std::string& subject, const std::string& text,
            const std::string& remedy, Findings& findings) {
    if (needed) {
        findings.problem(subject, text, remedy);
    } else {
        findings.ok(subject, text + " (only needed for compose projects)");
    }
}

bool is_in_path(std::string_view program) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        const std::string file = fmt::format("{}/{}", rest.substr(0, end), program);
        if (access(file.c_str(), X_OK) == 0) {
            return true;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

std::string unreachable_remedy(const DockerFacts& docker) {
    if (docker.denied) {
        return "run as root, or join the group: usermod -aG docker $USER, then log in again";
    }
    const char* host = std::getenv("DOCKER_HOST");
    return host != nullptr && *host != '\0'
               ? fmt::format("DOCKER_HOST is \"{}\": unset it or start that engine", host)
               : "start it: systemctl start docker; or choose another: docker context use …";
}

}  // namespace

void check_docker(const DockerFacts& docker, bool needed, Findings& findings) {
    if (!docker.has_client) {
        report(needed, "docker", "there is no docker command",
               "install docker (Debian: docker.io), or podman-docker", findings);
        return;
    }
    if (!docker.reachable) {
        report(needed, "docker", docker.problem, unreachable_remedy(docker), findings);
        return;
    }
    findings.ok("docker",
                docker.is_podman
                    ? fmt::format("podman {}", docker.server_version)
                    : fmt::format("engine {}, client {}", docker.server_version,
                                  docker.client_version.empty() ? "?" : docker.client_version));
}

void check_compose(const DockerFacts& docker, bool needed, Findings& findings) {
    if (!docker.has_client) {
        return;  // said already
    }
    std::string_view version = docker.compose_version;
    version.remove_prefix(version.starts_with('v') ? 1 : 0);
    if (!version.empty() && !version.starts_with("1.")) {
        findings.ok("compose", fmt::format("docker compose {}", version));
        return;
    }
    const std::string install =
        "install compose 2 (Debian 13: docker-compose, docker's own "
        "packages: docker-compose-plugin)";
    if (is_in_path("docker-compose")) {
        report(needed, "compose",
               "only docker-compose, version 1, is there: it is no longer maintained and cannot "
               "drop a port or print a project as JSON",
               install, findings);
    } else {
        report(needed, "compose", "docker has no compose command", install, findings);
    }
}

void check_free_space(const std::string& subject, const std::filesystem::path& directory,
                      const SpaceNeed& need, Findings& findings) {
    std::filesystem::path existing = directory;
    std::error_code ignored;
    while (existing.has_relative_path() && !std::filesystem::exists(existing, ignored)) {
        existing = existing.parent_path();
    }
    struct statvfs status {};
    if (statvfs(existing.empty() ? "." : existing.c_str(), &status) != 0) {
        findings.warning(subject, directory.string() + ": " + std::strerror(errno),
                         "run as a user who may look there");
        return;
    }
    const std::uint64_t free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
    std::string text = fmt::format("{}: {} MB free", directory.string(), free_bytes >> 20);
    if (free_bytes < need.problem_below) {
        text += fmt::format(", at least {} MB are needed", need.problem_below >> 20);
        findings.problem(subject, text, need.remedy);
    } else if (free_bytes < need.warning_below) {
        findings.warning(subject, text, need.remedy);
    } else {
        findings.ok(subject, text);
    }
}

void check_docker_disk(const DockerFacts& docker, Findings& findings) {
    char name[256] = {};
    gethostname(name, sizeof(name) - 1);
    std::error_code ignored;
    // In a container, or with an engine elsewhere, that directory is not what we would see.
    if (!docker.reachable || docker.host != name ||
        !std::filesystem::is_directory(docker.root_dir, ignored)) {
        return;
    }
    check_free_space("docker disk", docker.root_dir,
                     {kDockerProblem, kDockerWarning, "docker image prune; docker system df"},
                     findings);
}

}  // namespace teal::cli
