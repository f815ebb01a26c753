#include "cli/deployment/backup_before.hpp"

#include "cli/database/backup.hpp"
#include "cli/database/target.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"

namespace teal::cli {

std::vector<std::string> linked_backups(const Records& records) {
    std::vector<std::string> ids;
    for (const SnapshotMetadata& snapshot : records.snapshots.list()) {
        if (!snapshot.backup.empty()) {
            ids.push_back(snapshot.backup);
        }
    }
    return ids;
}

std::string backup_before(DeploymentJob& job, const std::string& label, Color target,
                          std::optional<Color> serving) {
    job.begin("backup");
    std::unique_ptr<database::Server> server;
    try {
        server = database::open_server(job.settings, &job.stack, {});
    } catch (const Error& error) {
        if (error.code() != ExitCode::nothing_there || serving) {
            throw;
        }
        job.progress.note(std::string("no backup: ") + error.what());
        return {};
    }
    job.progress.note("database " + server->facts().database + " of " + server->place());
    database::BackupRequest request;
    request.label = label.empty() ? std::string("before-") + name_of(target) : label;
    request.keep = job.settings.backup_limit;
    request.needed = linked_backups(job.records);
    request.holder = "teal upgrade perform --backup";
    const database::Manifest manifest = database::take_backup(
        *server, database::BackupStore(job.settings.backup_directory), request, job.progress);
    job.progress.note("backup " + manifest.id + ", " + bytes_text(manifest.bytes()));
    return manifest.id;
}

}  // namespace teal::cli
