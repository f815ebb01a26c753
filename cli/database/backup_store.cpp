#include "cli/database/backup_store.hpp"

#include "cli/database/backup_file.hpp"
#include "cli/database/label.hpp"
#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/suggestion.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <set>

namespace teal::cli::database {
namespace {

namespace fs = std::filesystem;

constexpr char kManifestName[] = "manifest.json";
constexpr char kUnfinishedBackup[] = ".unfinished-";
constexpr char kStoreLock[] = "lock";
constexpr mode_t kPrivate = 0700;

std::vector<fs::path> entries_of(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error)) {
        found.push_back(at->path());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        throw failure(directory.string() + ": cannot be read: " + error.message(),
                      "run as a user who may read the backups");
    }
    return found;
}

}  // namespace

fs::path BackupStore::unfinished(const Manifest& manifest) const {
    return directory_ / (kUnfinishedBackup + manifest.id);
}

table::WriterLock BackupStore::lock(const std::string& holder, Progress& progress) const {
    make_directory(directory_.parent_path());
    make_directory(directory_, kPrivate);
    table::WriterLock lock;
    const std::string problem =
        lock.acquire((directory_ / kStoreLock).string(), std::chrono::milliseconds(0), holder);
    if (!problem.empty()) {
        throw failure("another backup or restore is under way: " + problem,
                      "wait for it, or end that process");
    }
    for (const fs::path& path : entries_of(directory_)) {
        if (path.filename().string().starts_with(kUnfinishedBackup)) {
            remove_tree(path);
            progress.note("removed " + path.filename().string() +
                          ", which an interrupted command left");
        }
    }
    return lock;
}

fs::path BackupStore::begin(Manifest& manifest) const {
    manifest.id = backup_id(manifest.label, manifest.created_unix_ns);
    const std::string id = manifest.id;
    for (int n = 2; fs::exists(directory_ / manifest.id); ++n) {
        manifest.id = id + "-" + std::to_string(n);
    }
    const fs::path path = unfinished(manifest);
    make_directory(path, kPrivate);
    return path;
}

void BackupStore::commit(const Manifest& manifest) const {
    const fs::path path = unfinished(manifest);
    sync_tree(path);
    write_durably(path / kManifestName, manifest_text(manifest), 0600);
    rename_durably(path, directory_ / manifest.id);
}

void BackupStore::abandon(const Manifest& manifest) const noexcept {
    std::error_code
        ignored;  // whatever led here is the error to tell; the next command tries again
    fs::remove_all(unfinished(manifest), ignored);
}

void BackupStore::remove(const Manifest& manifest) const {
    rename_durably(directory_ / manifest.id, unfinished(manifest));
    remove_tree(unfinished(manifest));
}

std::vector<Manifest> BackupStore::list(std::vector<std::string>* damaged) const {
    std::vector<Manifest> found;
    for (const fs::path& path : entries_of(directory_)) {
        const std::string name = path.filename().string();
        std::error_code ignored;
        if (name.starts_with('.') || !fs::is_directory(path, ignored)) {
            continue;
        }
        try {
            const fs::path file = path / kManifestName;
            found.push_back(parse_manifest(file.string(), read_whole(file)));
            found.back().id = name;  // a copied directory is a backup of its own
        } catch (const Error& problem) {
            if (damaged != nullptr) {
                damaged->push_back(problem.what());
            }
        }
    }
    std::sort(found.begin(), found.end(), [](const Manifest& one, const Manifest& two) {
        return std::tie(one.created_unix_ns, one.id) < std::tie(two.created_unix_ns, two.id);
    });
    return found;
}

Manifest BackupStore::find(const std::string& word) const {
    const std::vector<Manifest> backups = list();
    const Manifest* newest = nullptr;
    std::vector<std::string> known;
    for (const Manifest& manifest : backups) {
        if (manifest.id == word) {
            return manifest;
        }
        if (manifest.label == word) {
            newest = &manifest;
        }
        known.insert(known.end(), {manifest.label, manifest.id});
    }
    if (newest != nullptr) {
        return *newest;
    }
    const std::set<std::string> labels(known.begin(), known.end());
    throw wrong_input(
        "there is no backup \"" + word + "\" in " + directory_.string() + did_you_mean(word, known),
        known.empty() ? "none has been made yet: teal db backup makes one"
                      : "choose one: teal db list");
}

void BackupStore::verify(const fs::path& directory, const std::vector<BackupFile>& files,
                         const std::function<void(std::uint64_t)>& on_bytes) {
    std::uint64_t done = 0;
    for (const BackupFile& file : files) {
        const BackupFile now = digest_of(directory, file.name, [&](std::uint64_t bytes) {
            if (on_bytes) {
                on_bytes(done + bytes);
            }
        });
        if (now.bytes != file.bytes || now.sha256 != file.sha256) {
            throw failure(
                (directory / file.name).string() + " is not what was written: its SHA-256 differs" +
                    (now.bytes != file.bytes ? ", and it has " + std::to_string(now.bytes) +
                                                   " bytes instead of " + std::to_string(file.bytes)
                                             : ""),
                "use another backup (teal db list); this one is damaged");
        }
        done += file.bytes;
    }
}

std::vector<Manifest> beyond_limit(const std::vector<Manifest>& backups, const Manifest& newest,
                                   std::size_t keep, const std::vector<std::string>& needed) {
    std::vector<Manifest> same;
    std::copy_if(backups.begin(), backups.end(), std::back_inserter(same),
                 [&](const Manifest& one) {
                     return one.database == newest.database && one.place == newest.place;
                 });
    std::vector<Manifest> gone;
    std::size_t left = same.size();
    for (const Manifest& one : same) {
        if (keep == 0 || left <= keep) {
            break;
        }
        if (one.id != newest.id &&
            std::find(needed.begin(), needed.end(), one.id) == needed.end()) {
            gone.push_back(one);
            --left;
        }
    }
    return gone;
}

}  // namespace teal::cli::database
