// manifest.json: what a backup says of itself. A directory without one, or with another version's,
// is no backup.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace teal::cli::database {

struct BackupFile {
    std::string name;  // below the backup's directory: "database.dump", "database.dir/3012.dat.gz"
    std::uint64_t bytes = 0;
    std::string sha256;
};

// What belongs to the database as a whole and so is in no archive that is restored under another
// name: pg_restore would put it back only with --create.
struct DatabaseProperties {
    std::string create{};                   // behind CREATE DATABASE name: "ENCODING 'UTF8' …"
    std::vector<std::string> statements{};  // with :"name" for the database's name
    std::string comment{};
};

struct Manifest {
    std::string id{};
    std::string label{};
    std::string database{};
    std::string place{};  // Server::place()
    std::string server_version{};
    std::string dump_version{};  // of the pg_dump that wrote it
    bool directory_format = false;
    std::uint64_t created_unix_ns = 0;
    double seconds = 0;
    std::uint64_t database_bytes = 0;  // pg_database_size() then
    std::vector<BackupFile> files{};
    DatabaseProperties properties{};
    bool verified = false;                        // restored into a scratch database and counted
    std::map<std::string, std::uint64_t> rows{};  // of each table then, when verified
    std::string user{};
    std::string host{};
    std::string teal_version{};

    std::uint64_t bytes() const;
};

std::string manifest_text(const Manifest& manifest);
// Throws Error naming the file and what is wrong.
Manifest parse_manifest(const std::string& file, const std::string& text);

}  // namespace teal::cli::database
