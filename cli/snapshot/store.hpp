// The snapshots of a project: directories below the deployment directory, named after color and
// time. A directory appears whole (it is made beside and renamed) and is verified when it is used.
#pragma once

#include "cli/snapshot/metadata.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

class SnapshotStore {
public:
    explicit SnapshotStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

    const std::filesystem::path& directory() const { return directory_; }
    SnapshotRef ref(const std::string& id) const { return {id, directory_ / id}; }

    // "green-20261124-101530", with a counter behind it when that is taken.
    std::string new_id(Color color, std::uint64_t unix_ns) const;

    // Writes the files and metadata.json (whose digests it sets). Throws Error; nothing is left.
    void create(SnapshotMetadata& metadata, const std::vector<SnapshotFile>& files) const;
    // Replaces metadata.json.
    void update(const SnapshotMetadata& metadata) const;
    // Adds or replaces one file, and its digest in metadata.json.
    void put(SnapshotMetadata& metadata, const SnapshotFile& file) const;

    // Oldest first. Damaged ones are left out and named in `damaged` when it is given.
    std::vector<SnapshotMetadata> list(std::vector<std::string>* damaged = nullptr) const;
    // Throws Error (wrong input) with a suggestion for an unknown id.
    SnapshotMetadata load(const std::string& id) const;
    // Throws Error naming the file that is missing or has another digest than metadata.json says.
    void verify(const SnapshotMetadata& metadata) const;
    void remove(const std::string& id) const;
    // Removes what a killed `create` left.
    void remove_leftovers() const;

private:
    std::filesystem::path directory_;
};

// The snapshot that the color was brought to last, whether or not it runs.
std::optional<SnapshotMetadata> deployed_on(const std::vector<SnapshotMetadata>& snapshots,
                                            Color color);
// What served before `active` did: what a rolling update began with, else the one that began to
// serve last, `active` left out.
std::optional<SnapshotMetadata> served_before(const std::vector<SnapshotMetadata>& snapshots,
                                              const std::string& active_id);
// What pruning to the newest `limit` would remove, oldest first: never what a color was last
// brought to, nor what a rollback would return to.
std::vector<std::string> superfluous(const std::vector<SnapshotMetadata>& snapshots,
                                     std::size_t limit, const std::string& active_id);

}  // namespace teal::cli
