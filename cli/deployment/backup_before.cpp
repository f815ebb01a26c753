#include "cli/deployment/backup_before.hpp"

#include "cli/database/backup.hpp"
#include "cli/database/label.hpp"
#include "cli/database/properties.hpp"
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

namespace {

std::string label_of(const std::string& label, Color target) {
    return label.empty() ? std::string("before-") + name_of(target) : label;
}

// The first deployment is what starts the database: nullptr then, and why.
std::unique_ptr<database::Server> server_if_any(const Settings& settings, Stack& stack,
                                                std::optional<Color> serving,
                                                std::string& none_because) {
    try {
        return database::open_server(settings, &stack, {});
    } catch (const Error& error) {
        if (error.code() != ExitCode::nothing_there || serving) {
            throw;
        }
        none_because = error.what();
        return nullptr;
    }
}

}  // namespace

std::string backup_before(DeploymentJob& job, const std::string& label, Color target,
                          std::optional<Color> serving) {
    job.begin("backup");
    std::string none_because;
    const auto server = server_if_any(job.settings, job.stack, serving, none_because);
    if (!server) {
        job.progress.note("no backup: " + none_because);
        return {};
    }
    job.progress.note(database::described(*server));
    database::BackupRequest request;
    request.label = label_of(label, target);
    request.keep = job.settings.backup_limit;
    request.needed = linked_backups(job.records);
    request.holder = "teal upgrade perform --backup";
    const database::Manifest manifest = database::take_backup(
        *server, database::BackupStore(job.settings.backup_directory), request, job.progress);
    job.progress.note("backup " + manifest.id + ", " + bytes_text(manifest.bytes()));
    return manifest.id;
}

PlannedBackup plan_backup(const Settings& settings, Stack& stack, const std::string& label,
                          Color target, std::optional<Color> serving) {
    PlannedBackup planned;
    planned.label = label_of(label, target);
    database::demand_label(planned.label);
    const auto server = server_if_any(settings, stack, serving, planned.none_because);
    if (!server) {
        return planned;
    }
    (void)server->dump_version();  // refused now, not when it is to be made
    planned.database = server->facts().database;
    planned.described = database::described(*server);
    planned.place = server->place();
    planned.server_version = server->facts().version;
    planned.database_bytes = database::database_bytes(*server);
    planned.directory = settings.backup_directory;
    planned.keep = settings.backup_limit;
    return planned;
}

}  // namespace teal::cli
