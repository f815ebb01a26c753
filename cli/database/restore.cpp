#include "cli/database/restore.hpp"

#include "cli/database/archive.hpp"
#include "cli/database/ask.hpp"
#include "cli/database/label.hpp"
#include "cli/database/properties.hpp"
#include "cli/database/swap.hpp"
#include "cli/database/transfer_meter.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"

#include <chrono>

namespace teal::cli::database {
namespace {

using std::chrono::steady_clock;

// Two restores in one second.
std::string unused_name(const Server& server, const std::string& of, const std::string& ending) {
    std::string name = database_name_with(of, ending);
    for (int n = 2; database_exists(server, name); ++n) {
        name = database_name_with(of, ending + "_" + std::to_string(n));
    }
    return name;
}

class Restore {
public:
    Restore(const Server& server, const BackupStore& store, const RestoreRequest& request,
            Progress& progress)
        : server_(server),
          request_(request),
          progress_(progress),
          archive_{store.path_of(request.backup), request.backup.directory_format,
                   request.backup.database_bytes} {}

    RestoreOutcome run() {
        for (const std::string& line : settle_half_filled(server_)) {
            progress_.note(line);
        }
        outcome_ = plan_restore(server_, request_);
        check();
        const std::string mark = time_mark(now_unix_ns());
        const bool replaces = request_.into.empty();
        const std::string made =
            replaces ? database_name_with(outcome_.database, "_restore_" + mark) : request_.into;
        progress_.phase("create");
        create_database(server_, made, request_.backup.properties);
        try {
            fill(made);
            if (replaces && request_.analyze) {
                progress_.phase("analyze");
                ask(server_, "ANALYZE;", made);
            }
            apply_properties(server_, made, request_.backup.properties);
            if (replaces) {
                put_in_place(made, mark);
            } else {
                ask(server_, unmarking(made, request_.backup.properties),
                    maintenance_database(server_.facts().database));
            }
        } catch (const Error&) {
            drop_after_failure(server_, made, progress_);
            throw;
        }
        outcome_.seconds = std::chrono::duration<double>(steady_clock::now() - started_).count();
        return outcome_;
    }

private:
    void check() {
        progress_.phase("checksum");
        TransferMeter meter(progress_, "checksum");
        BackupStore::verify(archive_.directory, request_.backup.files,
                            [&](std::uint64_t bytes) { meter.reached(bytes); });
    }

    void fill(const std::string& database) {
        progress_.phase("restore");
        restore_archive(server_, archive_, database, request_.jobs, progress_);
    }

    void put_in_place(const std::string& made, const std::string& mark) {
        progress_.phase("swap");
        if (!outcome_.kept_as.empty()) {
            outcome_.kept_as = unused_name(server_, outcome_.database, "_before_restore_" + mark);
        }
        swap_in(server_, {outcome_.database, made, outcome_.kept_as}, request_.backup.properties);
    }

    const Server& server_;
    const RestoreRequest& request_;
    Progress& progress_;
    ArchivePlace archive_;
    const steady_clock::time_point started_ = steady_clock::now();
    RestoreOutcome outcome_{};
};

}  // namespace

RestoreOutcome plan_restore(const Server& server, const RestoreRequest& request) {
    (void)server.dump_version();  // pg_restore comes with it
    RestoreOutcome plan;
    const std::string& serving = server.facts().database;
    if (!request.into.empty()) {
        if (request.into.size() > 63 || request.into.find('\n') != std::string::npos) {
            throw wrong_input("--into \"" + request.into + "\" is no database's name",
                              "use at most 63 bytes in one line");
        }
        if (database_exists(server, request.into)) {
            throw wrong_input("there is a database " + request.into + " already",
                              "choose another name for --into; without it, the database that was "
                              "backed up is replaced");
        }
        plan.database = request.into;
        return plan;
    }
    if (request.backup.database != serving) {
        throw wrong_input("backup " + request.backup.id + " is of database " +
                              request.backup.database + ", and this would replace " + serving,
                          "restore it beside: --into NAME; or name its database: --database");
    }
    plan.database = serving;
    plan.kept_as = database_name_with(serving, "_before_restore_" + time_mark(now_unix_ns()));
    return plan;
}

RestoreOutcome restore_backup(const Server& server, const BackupStore& store,
                              const RestoreRequest& request, Progress& progress) {
    const table::WriterLock lock = store.lock("teal db restore", progress);
    return Restore(server, store, request, progress).run();
}

}  // namespace teal::cli::database
