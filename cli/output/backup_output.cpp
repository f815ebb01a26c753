#include "cli/output/backup_output.hpp"

#include "cli/database/ask.hpp"
#include "cli/database/row_counts.hpp"
#include "cli/database/transfer_meter.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/text_table.hpp"
#include "cli/process/command.hpp"
#include "cli/snapshot/metadata.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;
using database::Manifest;

bool is_linked(const Manifest& manifest, const std::vector<std::string>& linked) {
    return std::find(linked.begin(), linked.end(), manifest.id) != linked.end();
}

std::string counted_text(const Manifest& manifest) {
    std::uint64_t rows = 0;
    std::size_t tables = 0;
    for (const auto& [name, count] : manifest.rows) {
        if (name != database::kLargeObjects) {
            ++tables;
            rows += count;
        }
    }
    return fmt::format("{} table{}, {} row{}", tables, tables == 1 ? "" : "s", rows,
                       rows == 1 ? "" : "s");
}

std::string drop_command(const std::string& name) {
    return shown({"teal", "db", "query", "DROP DATABASE " + database::quoted_name(name)});
}

}  // namespace

std::string restore_command(const std::string& backup_id) {
    return "teal db restore --backup " + backup_id;
}

std::string backup_line(const Manifest& manifest) {
    return fmt::format("{} · {} · {} · {}", manifest.id, manifest.database,
                       bytes_text(manifest.bytes()), age_text(manifest.created_unix_ns));
}

std::string backup_text(const Manifest& manifest, const std::filesystem::path& store) {
    return fmt::format("{} · database {} · {} in {:.1f} s{}\n  in {}\n  back with: {}\n",
                       manifest.id, manifest.database, bytes_text(manifest.bytes()),
                       manifest.seconds,
                       manifest.verified ? " · verified: " + counted_text(manifest) : "",
                       (store / manifest.id).string(), restore_command(manifest.id));
}

Json backup_json(const Manifest& manifest, const std::filesystem::path& store,
                 const std::vector<std::string>& linked) {
    return {{"backup", manifest.id},
            {"label", manifest.label},
            {"database", manifest.database},
            {"place", manifest.place},
            {"server_version", manifest.server_version},
            {"format", manifest.directory_format ? "directory" : "custom"},
            {"timestamp", utc_text(manifest.created_unix_ns)},
            {"bytes", manifest.bytes()},
            {"database_bytes", manifest.database_bytes},
            {"seconds", manifest.seconds},
            {"verified", manifest.verified},
            {"of_snapshot", is_linked(manifest, linked)},
            {"directory", (store / manifest.id).string()}};
}

std::string backups_text(const std::vector<Manifest>& backups, const std::filesystem::path& store,
                         const std::vector<std::string>& linked) {
    if (backups.empty()) {
        return "no backups in " + store.string() + "\n  next: teal db backup\n";
    }
    TextTable table("lllrll");
    table.add({"BACKUP", "LABEL", "DATABASE", "SIZE", "AGE", ""});
    for (auto at = backups.rbegin(); at != backups.rend(); ++at) {
        const std::string verified = at->verified ? "verified" : "";
        const std::string link = is_linked(*at, linked) ? "of a snapshot" : "";
        table.add({at->id, at->label, at->database, bytes_text(at->bytes()),
                   age_text(at->created_unix_ns),
                   verified + (verified.empty() || link.empty() ? "" : ", ") + link});
    }
    return table.text("");
}

Json backups_json(const std::vector<Manifest>& backups, const std::filesystem::path& store,
                  const std::vector<std::string>& linked, const std::vector<std::string>& damaged) {
    Json json{{"directory", store.string()}, {"backups", Json::array()}, {"damaged", damaged}};
    for (auto at = backups.rbegin(); at != backups.rend(); ++at) {
        json["backups"].push_back(backup_json(*at, store, linked));
    }
    return json;
}

std::string restore_text(const Manifest& backup, const database::RestoreOutcome& outcome) {
    std::string text =
        fmt::format("database {} is {} · {:.1f} s\n", outcome.database, backup.id, outcome.seconds);
    if (!outcome.kept_as.empty()) {
        text += fmt::format("  what it was is kept as {}\n  drop it with: {}\n", outcome.kept_as,
                            drop_command(outcome.kept_as));
    }
    return text;
}

Json restore_json(const Manifest& backup, const database::RestoreOutcome& outcome) {
    Json json{{"backup", backup.id},
              {"database", outcome.database},
              {"kept_as", outcome.kept_as.empty() ? Json() : Json(outcome.kept_as)},
              {"seconds", outcome.seconds}};
    return json;
}

}  // namespace teal::cli
