#include "cli/database/archive.hpp"

#include "cli/database/backup_file.hpp"
#include "cli/database/properties.hpp"
#include "cli/database/transfer_meter.hpp"
#include "cli/database/unknown_setting.hpp"
#include "cli/error.hpp"
#include "cli/process/child.hpp"
#include "cli/process/piped.hpp"

#include <fcntl.h>
#include <cerrno>
#include <cstring>
#include <optional>

namespace teal::cli::database {
namespace {

namespace fs = std::filesystem;

constexpr char kFile[] = "database.dump";
constexpr char kDirectory[] = "database.dir";

std::string name_of(const ArchivePlace& archive) {
    return archive.directory_format ? kDirectory : kFile;
}

void demand_ok(const CommandResult& result, const std::string& program, const std::string& next) {
    if (!result.ok()) {
        const std::string said = result.said();
        throw failure(said.empty() ? program + " ended with " + std::to_string(result.exit_code)
                      : said.starts_with(program) ? said
                                                  : program + ": " + said,
                      next);
    }
}

constexpr char kWords[] = "these are its own words; nothing was changed, and nothing is left of it";

// A directory where the server's programs run, for as long as it is needed.
class Staging {
public:
    explicit Staging(const Server& server) : server_(server), path_(server.make_staging()) {}
    ~Staging() {
        try {
            server_.remove_staging();
        } catch (const Error&) {
            // The next command that needs one removes it first.
        }
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    bool is_elsewhere() const { return !path_.empty(); }
    const std::string& path() const { return path_; }
    std::uint64_t bytes() const { return server_.staged_bytes(); }

    void send(const ArchivePlace& archive, Progress& progress) const {
        TransferMeter meter(progress, "to the container");
        Command tar{
            .argv = {"tar", "-C", archive.directory.string(), "-cf", "-", name_of(archive)}};
        tar.deadline = kNoDeadline;
        Command unpack = server_.unpack(path_);
        unpack.on_tick = [&] { meter.reached([&] { return bytes(); }); };
        demand_ok(run_piped(tar, unpack), "tar", "is there room for the backup in the container?");
    }
    void fetch(const ArchivePlace& archive, Progress& progress) const {
        TransferMeter meter(progress, "from the container");
        Command tar{
            .argv = {"tar", "-C", archive.directory.string(), "--no-same-owner", "-xf", "-"}};
        tar.deadline = kNoDeadline;
        tar.on_tick = [&] { meter.reached(bytes_below(archive.directory)); };
        demand_ok(run_piped(server_.pack(path_), tar), "tar", "is there room for the backup?");
    }

private:
    const Server& server_;
    std::string path_;
};

std::vector<std::string> dump_words(const std::string& snapshot) {
    std::vector<std::string> words{"-w"};
    if (!snapshot.empty()) {
        words.push_back("--snapshot=" + snapshot);
    }
    return words;
}

std::vector<BackupFile> dump_to_file(const Server& server, const ArchivePlace& archive,
                                     const std::string& snapshot, Progress& progress) {
    NewBackupFile file(archive.directory, kFile);
    TransferMeter meter(progress, kFile);
    ProgramCall call{.program = "pg_dump", .arguments = dump_words(snapshot)};
    call.arguments.push_back("-Fc");
    Command command = server.command(call);
    command.on_output = [&](std::string_view bytes) { file.write(bytes); };
    command.on_tick = [&] { meter.reached(file.bytes()); };
    demand_ok(run_command(command), "pg_dump", kWords);
    meter.done([&] { return file.bytes(); });
    return {file.finish()};
}

std::vector<BackupFile> dump_to_directory(const Server& server, const ArchivePlace& archive,
                                          unsigned jobs, const std::string& snapshot,
                                          Progress& progress) {
    const Staging staging(server);
    const fs::path here = archive.directory / kDirectory;
    const std::string target =
        staging.is_elsewhere() ? staging.path() + "/" + kDirectory : here.string();
    TransferMeter meter(progress, kDirectory);
    ProgramCall call{.program = "pg_dump", .arguments = dump_words(snapshot)};
    call.arguments.insert(call.arguments.end(), {"-Fd", "-j", std::to_string(jobs), "-f", target});
    Command command = server.command(call);
    const auto written = [&] {
        return staging.is_elsewhere() ? staging.bytes() : bytes_below(here);
    };
    command.on_tick = [&] { meter.reached(written); };
    demand_ok(run_command(command), "pg_dump", kWords);
    meter.done(written);
    if (staging.is_elsewhere()) {
        staging.fetch(archive, progress);
    }
    return digests_below(archive.directory, kDirectory);
}

class InputFile {
public:
    explicit InputFile(const fs::path& path)
        : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (!descriptor_.is_open()) {
            throw failure(path.string() + ": cannot be read: " + std::strerror(errno),
                          "run as a user who may read it");
        }
    }
    int get() const { return descriptor_.get(); }

private:
    Descriptor descriptor_;
};

// pg_restore on the archive: by its name, where it is or was sent to, or on its standard input.
CommandResult run_restore(const Server& server, const ArchivePlace& archive, ProgramCall call,
                          bool by_name, Progress& progress,
                          const std::function<void()>& on_tick = {}) {
    const Staging staging(server);
    const auto run = [&](Command command) {
        command.on_tick = on_tick;
        return run_command(command);
    };
    if (!staging.is_elsewhere()) {
        call.arguments.push_back((archive.directory / name_of(archive)).string());
        return run(server.command(call));
    }
    if (by_name || archive.directory_format) {
        staging.send(archive, progress);
        call.arguments.push_back(staging.path() + "/" + name_of(archive));
        return run(server.command(call));
    }
    const InputFile file(archive.directory / kFile);
    Command command = server.fed_command(call);
    command.input_file = file.get();
    return run(std::move(command));
}

// How large it has become, from when pg_restore is at work. A server that does not answer this one
// question, for having too many sessions, is no reason to end a restore.
class RestoreMeter {
public:
    RestoreMeter(const Server& server, const std::string& database, std::uint64_t whole,
                 Progress& progress)
        : server_(server), database_(database), whole_(whole), progress_(progress) {}

    void look() {
        if (!meter_) {
            meter_.emplace(progress_, "restored", whole_);
        }
        meter_->reached([this] { return bytes(); });
    }
    void done() {
        if (meter_) {
            meter_->done([this] { return bytes(); });
        }
    }

private:
    std::uint64_t bytes() {
        try {
            last_ = database_bytes(server_, database_);
        } catch (const Error&) {
        }
        return last_;
    }

    const Server& server_;
    const std::string& database_;
    std::uint64_t whole_;
    Progress& progress_;
    std::optional<TransferMeter> meter_{};
    std::uint64_t last_ = 0;
};

}  // namespace

std::vector<BackupFile> dump(const Server& server, const ArchivePlace& archive, unsigned jobs,
                             const std::string& snapshot, Progress& progress) {
    return archive.directory_format ? dump_to_directory(server, archive, jobs, snapshot, progress)
                                    : dump_to_file(server, archive, snapshot, progress);
}

void list_archive(const Server& server, const ArchivePlace& archive, Progress& progress) {
    ProgramCall call{.program = "pg_restore", .arguments = {"--list"}, .connects = false};
    demand_ok(run_restore(server, archive, std::move(call), false, progress), "pg_restore --list",
              "the backup cannot be read back, so it was not kept");
}

void restore_archive(const Server& server, const ArchivePlace& archive, const std::string& database,
                     unsigned jobs, Progress& progress) {
    ProgramCall call{.program = "pg_restore", .arguments = {"-w"}, .database = database};
    const bool complains = sets_unknown_setting(server.dump_version(), server.facts().major());
    if (!complains) {
        call.arguments.push_back("--exit-on-error");
    }
    if (jobs > 1) {
        call.arguments.insert(call.arguments.end(), {"-j", std::to_string(jobs)});
    }
    RestoreMeter meter(server, database, archive.database_bytes, progress);
    CommandResult result =
        run_restore(server, archive, std::move(call), jobs > 1, progress, [&] { meter.look(); });
    if (complains) {
        result = without_unknown_setting(std::move(result));
    }
    demand_ok(result, "pg_restore",
              "these are its own words; the database that was restored into is dropped again");
    meter.done();
    if (const std::string said = result.said(); !said.empty()) {
        progress.warning(said);
    }
}

}  // namespace teal::cli::database
