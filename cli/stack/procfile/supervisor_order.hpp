// What a supervisor is to run: handed over on its standard input, since arguments and environment
// variables of a process can be read by others, and there are secrets in it. Never on disk.
#pragma once

#include "cli/stack/procfile/dotenv.hpp"
#include "cli/process/process_identity.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace teal::cli {

// The descriptors a supervisor is started with, beside its standard input.
inline constexpr int kSupervisorLock = 3;   // the lock of the process's place, held by inheritance
inline constexpr int kSupervisorPort = 4;   // PortReservation's
inline constexpr int kSupervisorReady = 5;  // written to and closed when the process runs

// In the environment of supervisor and process: the record's path without ".json".
inline constexpr char kPlaceVariable[] = "TEAL_PROCESS";
// In the environment of the supervisor alone.
inline constexpr char kSupervisorVariable[] = "TEAL_SUPERVISOR";

struct SupervisorOrder {
    std::string service;
    std::uint32_t number = 1;
    std::string color;  // "shared" for what both colors use
    std::string snapshot;
    std::string command;
    std::filesystem::path directory;  // where it runs
    std::filesystem::path record;
    std::filesystem::path log;
    std::uint16_t port = 0;
    double grace_s = 10;         // when a signal to the supervisor does not say another one
    Environment environment{};   // .env and what Teal adds, over the inherited one
    ProcessIdentity adopt{};     // pid 0: none; else a process whose supervisor was lost
    std::uint32_t restarts = 0;  // so far, of the one adopted
};

std::string to_text(const SupervisorOrder& order);
// Throws Error (wrong input) for anything but to_text()'s own.
SupervisorOrder parse_supervisor_order(const std::string& text);

}  // namespace teal::cli
