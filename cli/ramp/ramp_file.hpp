// Ramps on disk: canary/SPLIT.json beside the table's saved copy, one for each ramp, named by its
// first split; a ramp that ended stays there to be read until the next one takes its place.
//
// SPLIT.driver is locked by whoever drives the ramp; the kernel lets go of it when that process
// dies. Whoever reads a ramp to change it locks the directory meanwhile, so that a command and the
// driver never overwrite each other.
#pragma once

#include "cli/files/directory_lock.hpp"
#include "cli/ramp/ramp.hpp"
#include "cli/traffic/table_paths.hpp"
#include "shared/table/writing/lock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

std::string ramp_text(const Ramp& ramp);
// Throws Error naming the file and what is wrong with it.
Ramp parse_ramp(const std::string& file, const std::string& text);

class RampStore {
public:
    explicit RampStore(const TablePaths& paths);

    const std::filesystem::path& directory() const { return directory_; }
    std::filesystem::path file_of(const std::string& name) const;

    // All of them, those under way first, then the newest. Damaged ones go into `damaged`, or throw
    // Error when it is null.
    std::vector<Ramp> list(std::vector<std::string>* damaged = nullptr) const;
    std::optional<Ramp> load(const std::string& name) const;
    // Atomic and durable. REQUIRES: the directory is locked.
    void save(const Ramp& ramp) const;

    // To read and change. Makes the directory. Throws Error.
    DirectoryLock lock() const;

    // The driver's lock; nothing when somebody else drives the ramp.
    std::optional<table::WriterLock> try_drive(const std::string& name,
                                               const std::string& holder) const;
    // "pid 4711, teal agent"; empty: nobody.
    std::string driver_of(const std::string& name) const;

private:
    std::filesystem::path directory_;
};

// The ramp of the split, or of the only one there is to choose. Throws Error (nothing there).
Ramp chosen_ramp(const RampStore& store, const std::string& split);
// The ramp that is under way in one of the splits.
std::optional<Ramp> ramp_under_way(const RampStore& store, const std::vector<std::string>& splits);

}  // namespace teal::cli
