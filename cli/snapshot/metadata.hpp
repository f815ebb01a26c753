// metadata.json: what a snapshot says of itself.
#pragma once

#include "cli/project/git_state.hpp"
#include "cli/stack/stack.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// An entry service, kept so that a rollback need not read the project's files.
struct SnapshotEntry {
    std::string service;
    Entry entry;
    std::uint32_t replicas = 1;
};

struct SnapshotMetadata {
    std::string id;  // "green-20261124-101530"
    Color color = Color::blue;
    std::string project;
    std::uint64_t created_unix_ns = 0;
    std::string host;
    std::string user;
    std::string teal_version;
    std::optional<GitState> git;
    std::vector<SnapshotEntry> entries;
    std::vector<ImageRecord> images;
    std::map<std::string, std::string> digests;  // of each other file: name, SHA-256
    // The migrations that were there, by their path below the directory of migrations; nothing when
    // it was made by a version that did not look.
    std::optional<std::vector<std::string>> migrations;
    // It was made by a rolling update (or its rollback) of the color that served this one: what a
    // rollback returns to. Empty: it was deployed beside.
    std::string rolled_from;
    std::string backup{};  // id of the database's, taken before it was deployed; empty: none was
    // When its color was last brought to this snapshot, and when that began to serve; 0: never.
    std::uint64_t deployed_unix_ns = 0;
    std::uint64_t served_unix_ns = 0;

    std::vector<std::string> splits() const;
};

std::string metadata_text(const SnapshotMetadata& metadata);
// Throws Error naming the file and the key that is missing or wrong.
SnapshotMetadata parse_metadata(const std::string& file, const std::string& text);

// "2026-11-24T10:15:30Z", as the guide writes times.
std::string utc_text(std::uint64_t unix_ns);

}  // namespace teal::cli
