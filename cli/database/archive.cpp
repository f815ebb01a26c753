#include "cli/database/archive.hpp"

#include "cli/database/backup_file.hpp"
#include "cli/database/transfer_meter.hpp"
#include "cli/error.hpp"
#include "cli/process/child.hpp"
#include "cli/process/piped.hpp"

#include <fcntl.h>
#include <cerrno>
#include <cstring>

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

    void send(const ArchivePlace& archive) const {
        Command tar{
            .argv = {"tar", "-C", archive.directory.string(), "-cf", "-", name_of(archive)}};
        tar.deadline = kNoDeadline;
        demand_ok(run_piped(tar, server_.unpack(path_)), "tar",
                  "is there room for the backup in the container?");
    }
    void fetch(const ArchivePlace& archive) const {
        Command tar{
            .argv = {"tar", "-C", archive.directory.string(), "--no-same-owner", "-xf", "-"}};
        tar.deadline = kNoDeadline;
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
    command.on_tick = [&] {
        if (!staging.is_elsewhere()) {
            meter.reached(bytes_below(here));
        }
    };
    demand_ok(run_command(command), "pg_dump", kWords);
    if (staging.is_elsewhere()) {
        staging.fetch(archive);
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
                          bool by_name) {
    const Staging staging(server);
    if (!staging.is_elsewhere()) {
        call.arguments.push_back((archive.directory / name_of(archive)).string());
        return run_command(server.command(call));
    }
    if (by_name || archive.directory_format) {
        staging.send(archive);
        call.arguments.push_back(staging.path() + "/" + name_of(archive));
        return run_command(server.command(call));
    }
    const InputFile file(archive.directory / kFile);
    Command command = server.fed_command(call);
    command.input_file = file.get();
    return run_command(command);
}

}  // namespace

std::vector<BackupFile> dump(const Server& server, const ArchivePlace& archive, unsigned jobs,
                             const std::string& snapshot, Progress& progress) {
    return archive.directory_format ? dump_to_directory(server, archive, jobs, snapshot, progress)
                                    : dump_to_file(server, archive, snapshot, progress);
}

void list_archive(const Server& server, const ArchivePlace& archive) {
    ProgramCall call{.program = "pg_restore", .arguments = {"--list"}, .connects = false};
    demand_ok(run_restore(server, archive, std::move(call), false), "pg_restore --list",
              "the backup cannot be read back, so it was not kept");
}

void restore_archive(const Server& server, const ArchivePlace& archive, const std::string& database,
                     unsigned jobs, Progress& progress) {
    ProgramCall call{
        .program = "pg_restore", .arguments = {"-w", "--exit-on-error"}, .database = database};
    if (jobs > 1) {
        call.arguments.insert(call.arguments.end(), {"-j", std::to_string(jobs)});
    }
    const CommandResult result = run_restore(server, archive, std::move(call), jobs > 1);
    demand_ok(result, "pg_restore",
              "these are its own words; the database that was restored into is dropped again");
    if (const std::string said = result.said(); !said.empty()) {
        progress.warning(said);
    }
}

}  // namespace teal::cli::database
