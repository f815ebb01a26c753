// What Teal needs of the machine: docker, room, nginx's own files, clock and kernel. Nothing here
// changes anything.
#pragma once

#include "cli/diagnosis/docker_facts.hpp"
#include "cli/diagnosis/finding.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace teal::cli {

// `needed`: the project is a compose project; without docker nothing can be done then.
void check_docker(const DockerFacts& docker, bool needed, Findings& findings);
// Compose 2 is there; version 1 (`docker-compose`) alone is named with what replaces it.
void check_compose(const DockerFacts& docker, bool needed, Findings& findings);
// Room for images and volumes; says nothing when the engine's machine is not this one.
void check_docker_disk(const DockerFacts& docker, Findings& findings);

struct SpaceNeed {
    std::uint64_t problem_below;  // bytes
    std::uint64_t warning_below;
    std::string remedy;
};
// Room in the file system of `directory`, which need not exist yet.
void check_free_space(const std::string& subject, const std::filesystem::path& directory,
                      const SpaceNeed& need, Findings& findings);

// `release`: uname's, "6.1.0-28-amd64".
void check_kernel(const std::string& release, Findings& findings);
// teal-probe, without which nothing can be asked for its health.
void check_probe_program(Findings& findings);
// The table's directory is memory, not a disk.
void check_table_memory(const std::string& table, Findings& findings);

struct ClockFacts {
    std::uint64_t now_unix_ns = 0;
    std::uint64_t program_unix_ns = 0;   // when this program was installed; 0: not known
    std::uint64_t recorded_unix_ns = 0;  // the latest thing that was written down; 0: nothing
    std::string recorded{};              // what that was: "the last deployment"
    std::optional<bool> synchronized{};  // by NTP, as the kernel says
};
// All but what was recorded.
ClockFacts ask_clock();
// Snapshots are named and ordered by the time, and guards compare it.
void check_clock(const ClockFacts& clock, Findings& findings);

}  // namespace teal::cli
