// A target with its secrets, which live in this process's memory and nowhere else: read from the
// environment or a file when something is delivered, and taken out of every text about it.
#pragma once

#include "cli/notify/target.hpp"

#include <filesystem>
#include <string>

namespace teal::cli {

struct Destination {
    TargetKind kind = TargetKind::webhook;
    std::string url{};
    std::string secret{};                // empty: nothing is signed
    std::vector<std::string> command{};  // argument vector
    std::filesystem::path directory{};   // where a command runs
    double timeout_s = 10;

    // The text with "********" for the secret and for what the URL has behind its host.
    std::string redacted(std::string text) const;
};

// Throws Error naming the variable or file that does not hold what it should, never its value.
Destination open_destination(const NotifyTarget& target, const std::filesystem::path& directory);

}  // namespace teal::cli
