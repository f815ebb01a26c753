#include "cli/snapshot/store.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>
#include <ctime>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kMetadata[] = "metadata.json";
constexpr char kUnfinished[] = ".unfinished-";

bool is_snapshot_name(const std::string& name) {
    return name.starts_with("blue-") || name.starts_with("green-");
}

}  // namespace

std::string SnapshotStore::new_id(Color color, std::uint64_t unix_ns) const {
    const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000u);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char stamp[sizeof("20261124-101530")];
    (void)std::strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &parts);
    const std::string id = std::string(name_of(color)) + "-" + stamp;
    std::string candidate = id;
    for (int n = 2; fs::exists(directory_ / candidate); ++n) {
        candidate = id + "-" + std::to_string(n);
    }
    return candidate;
}

void SnapshotStore::create(SnapshotMetadata& metadata,
                           const std::vector<SnapshotFile>& files) const {
    make_directory(directory_);
    const fs::path beside = directory_ / (kUnfinished + metadata.id);
    try {
        make_directory(beside, 0700);
        metadata.digests.clear();
        for (const SnapshotFile& file : files) {
            write_durably(beside / file.name, file.text, file.mode);
            metadata.digests[file.name] = sha256_of(file.text);
        }
        write_durably(beside / kMetadata, metadata_text(metadata), 0600);
        rename_durably(beside, directory_ / metadata.id);
    } catch (const Error&) {
        std::error_code ignored;  // the first error is the one to tell
        fs::remove_all(beside, ignored);
        throw;
    }
}

void SnapshotStore::update(const SnapshotMetadata& metadata) const {
    write_durably(directory_ / metadata.id / kMetadata, metadata_text(metadata), 0600);
}

void SnapshotStore::put(SnapshotMetadata& metadata, const SnapshotFile& file) const {
    // Its digest goes away first: killed in between, the file is one nobody vouches for, instead of
    // one that looks tampered with.
    if (metadata.digests.erase(file.name) != 0) {
        update(metadata);
    }
    write_durably(directory_ / metadata.id / file.name, file.text, file.mode);
    metadata.digests[file.name] = sha256_of(file.text);
    update(metadata);
}

std::vector<SnapshotMetadata> SnapshotStore::list(std::vector<std::string>* damaged) const {
    std::vector<SnapshotMetadata> found;
    std::error_code error;
    for (fs::directory_iterator at(directory_, error), end; !error && at != end;
         at.increment(error)) {
        const std::string name = at->path().filename().string();
        if (!is_snapshot_name(name) || !at->is_directory(error)) {
            continue;
        }
        try {
            const fs::path file = at->path() / kMetadata;
            found.push_back(parse_metadata(file.string(), read_whole(file)));
            found.back().id = name;  // a copied directory is its own snapshot
        } catch (const Error& problem) {
            if (damaged != nullptr) {
                damaged->push_back(problem.what());
            }
        }
    }
    std::sort(found.begin(), found.end(), [](const auto& one, const auto& two) {
        return std::tie(one.created_unix_ns, one.id) < std::tie(two.created_unix_ns, two.id);
    });
    return found;
}

SnapshotMetadata SnapshotStore::load(const std::string& id) const {
    const fs::path file = directory_ / id / kMetadata;
    if (!is_snapshot_name(id) || id.find('/') != std::string::npos || !fs::exists(file)) {
        std::vector<std::string> known;
        for (const SnapshotMetadata& snapshot : list()) {
            known.push_back(snapshot.id);
        }
        throw wrong_input("there is no snapshot \"" + id + "\"" + did_you_mean(id, known),
                          known.empty() ? "none has been made yet: teal upgrade perform makes one"
                                        : "use one of " + listed(known));
    }
    SnapshotMetadata metadata = parse_metadata(file.string(), read_whole(file));
    metadata.id = id;
    return metadata;
}

void SnapshotStore::verify(const SnapshotMetadata& metadata) const {
    for (const auto& [name, digest] : metadata.digests) {
        const fs::path file = directory_ / metadata.id / name;
        const std::optional<std::string> text = read_if_exists(file);
        if (!text || sha256_of(*text) != digest) {
            throw failure(
                "snapshot " + metadata.id + ": " + file.string() +
                    (text ? " was changed since it was made (its SHA-256 differs)" : " is missing"),
                "choose another snapshot (teal upgrade history), or put the file back");
        }
    }
}

void SnapshotStore::remove(const std::string& id) const {
    // Renamed first: a removal that is killed half-way leaves no half snapshot.
    const fs::path away = directory_ / (kUnfinished + id);
    remove_tree(away);
    rename_durably(directory_ / id, away);
    remove_tree(away);
}

void SnapshotStore::remove_leftovers() const {
    std::error_code error;
    std::vector<fs::path> leftovers;
    for (fs::directory_iterator at(directory_, error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().filename().string().starts_with(kUnfinished)) {
            leftovers.push_back(at->path());
        }
    }
    for (const fs::path& path : leftovers) {
        remove_tree(path);
    }
}

std::optional<SnapshotMetadata> deployed_on(const std::vector<SnapshotMetadata>& snapshots,
                                            Color color) {
    std::optional<SnapshotMetadata> found;
    for (const SnapshotMetadata& snapshot : snapshots) {
        if (snapshot.color == color && snapshot.deployed_unix_ns != 0 &&
            (!found || snapshot.deployed_unix_ns > found->deployed_unix_ns)) {
            found = snapshot;
        }
    }
    return found;
}

std::optional<SnapshotMetadata> served_before(const std::vector<SnapshotMetadata>& snapshots,
                                              const std::string& active_id) {
    const auto named = [&](const std::string& id) {
        return std::find_if(snapshots.begin(), snapshots.end(),
                            [&](const SnapshotMetadata& snapshot) { return snapshot.id == id; });
    };
    // A rolling update says it: what it began with may be older than what it was stopped at.
    if (const auto active = named(active_id); active != snapshots.end()) {
        if (const auto from = named(active->rolled_from); from != snapshots.end()) {
            return *from;
        }
    }
    std::optional<SnapshotMetadata> found;
    for (const SnapshotMetadata& snapshot : snapshots) {
        if (snapshot.id != active_id && snapshot.served_unix_ns != 0 &&
            (!found || snapshot.served_unix_ns > found->served_unix_ns)) {
            found = snapshot;
        }
    }
    return found;
}

std::vector<std::string> superfluous(const std::vector<SnapshotMetadata>& snapshots,
                                     std::size_t limit, const std::string& active_id) {
    std::vector<std::string> needed{active_id};
    for (const std::optional<SnapshotMetadata>& keep :
         {deployed_on(snapshots, Color::blue), deployed_on(snapshots, Color::green),
          served_before(snapshots, active_id)}) {
        if (keep) {
            needed.push_back(keep->id);
        }
    }
    std::vector<std::string> found;
    std::size_t left = snapshots.size();
    for (const SnapshotMetadata& snapshot : snapshots) {
        if (left <= limit) {
            break;
        }
        if (std::find(needed.begin(), needed.end(), snapshot.id) == needed.end()) {
            found.push_back(snapshot.id);
            --left;
        }
    }
    return found;
}

}  // namespace teal::cli
