// What is known of one supervised process, on disk: written by its supervisor alone, before the
// process is let go and whenever its state changes; read by every command.
#pragma once

#include "cli/process/process_identity.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace teal::cli {

enum class ProcessPhase {
    running,
    waiting,  // has ended, is started again at `restart_unix_ms`
    stopped,  // as somebody asked for
};

struct ProcessRecord {
    std::string service;
    std::uint32_t number = 1;
    std::string snapshot;
    std::string boot;  // boot_id() when it was written: pids of another boot are nobody's
    ProcessPhase phase = ProcessPhase::running;
    std::uint16_t port = 0;
    ProcessIdentity supervisor{};
    ProcessIdentity process{};  // leader of its own session and process group
    std::int64_t started_unix_s = 0;
    std::uint32_t restarts = 0;
    std::int64_t restart_unix_ms = 0;
    std::string last_exit{};  // "exited with 1", "killed by signal 9"; empty: has not ended yet

    bool operator==(const ProcessRecord&) const = default;

    bool of_this_boot() const { return boot == boot_id(); }
    bool supervisor_lives() const { return of_this_boot() && is_alive(supervisor); }
    bool process_lives() const { return of_this_boot() && is_alive(process); }
};

std::string to_text(const ProcessRecord& record);
// Nothing for what is not a whole record of this version: the process is then looked for by its
// marker.
std::optional<ProcessRecord> parse_process_record(const std::string& text);

std::string instance_name(const std::string& service, std::uint32_t number);  // "web.1"

}  // namespace teal::cli
