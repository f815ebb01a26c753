// What is written down of a project's deployments, all below the deployment directory: snapshots,
// history.json, `active`, and operation.json, which is there only while a command works.
//
// `active` and the records are for people and for rollbacks; which color serves is what the table
// says. A command that finds operation.json after it got the lock knows that the one before was
// killed, and settles it by the table.
#pragma once

#include "cli/history/history.hpp"
#include "cli/project/settings.hpp"
#include "cli/snapshot/store.hpp"
#include "cli/traffic/color_change.hpp"
#include "shared/table/writing/lock.hpp"

#include <optional>
#include <string>

namespace teal::cli {

struct Operation {
    std::string name;   // "perform", "switch", "rollback", "cleanup"
    std::string phase;  // the one it is in
    Color target = Color::blue;
    std::string snapshot;       // of the target; empty when not chosen yet
    std::optional<Color> from;  // what served when it began
    std::uint64_t started_unix_ns = 0;
    int pid = 0;
    std::string user;
};

class Records {
public:
    explicit Records(std::filesystem::path deployment_directory)
        : snapshots(deployment_directory),
          history(deployment_directory),
          directory_(std::move(deployment_directory)) {}

    const std::filesystem::path& directory() const { return directory_; }

    std::optional<Operation> operation() const;
    void write_operation(const Operation& operation) const;
    void clear_operation() const;

    // The file `active`: nothing when it is missing or says something else.
    std::optional<Color> active_file() const;
    void write_active(Color color) const;
    void clear_active() const;

    SnapshotStore snapshots;
    History history;

private:
    std::filesystem::path directory_;
};

// One deployment at a time: held by every command that changes something. The kernel lets go of it
// when the holder dies. Throws Error naming the holder.
table::WriterLock lock_deployments(const Records& records, const std::string& holder);
// Who holds it now; empty: nobody. Takes nothing.
std::string deployment_lock_holder(const Records& records);

struct Settled {
    Operation operation;
    bool had_switched = false;  // its target serves
    std::string text;           // for people
};

// Settles what a killed command left: the records follow the table. REQUIRES: the lock. Nothing
// when there is nothing to settle.
std::optional<Settled> settle_interrupted(const Records& records,
                                          const std::optional<Color>& active);
// The same sentence without changing anything, for `status`.
std::optional<Settled> look_at_interrupted(const Records& records,
                                           const std::optional<Color>& active);

// Marks the snapshot as what serves from now on.
void record_serving(const Records& records, const std::string& snapshot_id, Color color,
                    std::uint64_t unix_ns);

// The splits a project's deployments are about: those of its snapshots' newest, else every split of
// the table that has both colors.
std::vector<std::string> recorded_splits(const std::vector<SnapshotMetadata>& snapshots,
                                         const table::TableImage& image);

}  // namespace teal::cli
