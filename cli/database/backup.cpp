#include "cli/database/backup.hpp"

#include "cli/database/archive.hpp"
#include "cli/database/label.hpp"
#include "cli/database/properties.hpp"
#include "cli/database/row_counts.hpp"
#include "cli/database/transfer_meter.hpp"
#include "cli/error.hpp"
#include "cli/history/history.hpp"
#include "cli/output/quantities.hpp"
#include "teal_version.hpp"

#include <chrono>
#include <optional>

namespace teal::cli::database {
namespace {

using std::chrono::steady_clock;

Manifest new_manifest(const Server& server, const BackupRequest& request) {
    Manifest manifest;
    manifest.label = request.label;
    manifest.database = server.facts().database;
    manifest.place = server.place();
    manifest.server_version = server.facts().version;
    manifest.dump_version = server.dump_version();
    manifest.directory_format = request.jobs > 1;
    manifest.created_unix_ns = now_unix_ns();
    manifest.user = user_name();
    manifest.host = host_name();
    manifest.teal_version = kVersion;
    return manifest;
}

class Backup {
public:
    Backup(const Server& server, const BackupStore& store, const BackupRequest& request,
           Progress& progress)
        : server_(server), store_(store), request_(request), progress_(progress) {}

    Manifest take() {
        for (const std::string& line : settle_half_filled(server_)) {
            progress_.note(line);
        }
        manifest_ = new_manifest(server_, request_);
        archive_ = {store_.begin(manifest_), manifest_.directory_format, 0};
        try {
            write();
            read_back();
            if (request_.verify) {
                verify();
            }
            manifest_.seconds =
                std::chrono::duration<double>(steady_clock::now() - started_).count();
            store_.commit(manifest_);
        } catch (...) {
            store_.abandon(manifest_);
            throw;
        }
        prune();
        return manifest_;
    }

private:
    void write() {
        progress_.phase("dump");
        manifest_.properties = read_properties(server_);
        archive_.database_bytes = manifest_.database_bytes = database_bytes(server_);
        std::optional<CountedSnapshot> snapshot;
        if (request_.verify) {
            snapshot.emplace(server_);
        }
        manifest_.files =
            dump(server_, archive_, request_.jobs, snapshot ? snapshot->name() : "", progress_);
        if (snapshot) {
            manifest_.rows = snapshot->finish();
        }
    }

    void read_back() {
        progress_.phase("read back");
        TransferMeter meter(progress_, "read back");
        BackupStore::verify(archive_.directory, manifest_.files,
                            [&](std::uint64_t bytes) { meter.reached(bytes); });
        list_archive(server_, archive_, progress_);
    }

    void verify() {
        progress_.phase("verify");
        const std::string scratch = database_name_with(
            manifest_.database, "_verify_" + time_mark(manifest_.created_unix_ns));
        create_database(server_, scratch, manifest_.properties);
        RowCounts restored;
        try {
            restore_archive(server_, archive_, scratch, request_.jobs, progress_);
            restored = count_rows(server_, scratch);
        } catch (const Error&) {
            drop_after_failure(server_, scratch, progress_);
            throw;
        }
        drop_database(server_, scratch);
        if (const std::string text = differences(manifest_.rows, restored); !text.empty()) {
            throw failure("the backup is not what the database was: " + text,
                          "it was not kept; look for what pg_dump leaves out, or try again");
        }
        manifest_.verified = true;
    }

    // The backup stands; what it crowds out is only in the way.
    void prune() {
        try {
            const std::vector<Manifest> olds =
                beyond_limit(store_.list(), manifest_, request_.keep, request_.needed);
            if (!olds.empty()) {
                progress_.phase("retention");
            }
            for (const Manifest& old : olds) {
                store_.remove(old);
                progress_.note("removed " + old.id + ": more than " +
                               std::to_string(request_.keep) + " of " + old.database);
            }
        } catch (const Error& error) {
            progress_.warning(std::string("old backups: ") + error.what());
        }
    }

    const Server& server_;
    const BackupStore& store_;
    const BackupRequest& request_;
    Progress& progress_;
    const steady_clock::time_point started_ = steady_clock::now();
    Manifest manifest_{};
    ArchivePlace archive_{};
};

}  // namespace

Manifest take_backup(const Server& server, const BackupStore& store, const BackupRequest& request,
                     Progress& progress) {
    demand_label(request.label);
    const table::WriterLock lock = store.lock(request.holder, progress);
    return Backup(server, store, request, progress).take();
}

}  // namespace teal::cli::database
