// Opening the table from the command line: restoring it first when a reboot took it, reading it
// whole, and for a change holding the writers' lock from the reading to the publication.
#pragma once

#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/table_paths.hpp"
#include "shared/table/restore.hpp"
#include "shared/table/writing/image.hpp"
#include "shared/table/writing/lock.hpp"
#include "shared/table/writing/publisher.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// `leave_alone`: nothing is restored, the saved copy is read in the table's place.
enum class Missing { restore, leave_alone };

// The table as it stands. A table without a publication gives an empty image. Throws Error.
table::TableImage read_table(const TablePaths& paths, Missing missing = Missing::restore);

// Copies the saved copy to its place when the table is missing, making the directory. Throws Error
// when there is a copy that cannot be used.
table::Restored restore_if_missing(const TablePaths& paths);

// An error of this table's, with its next step. REQUIRES: health is not ok.
[[noreturn]] void throw_unreadable(const std::string& path, table::Health health, int error,
                                   std::uint32_t version);

// What publishing another change would undo, and therefore has to be written into it.
struct CarriedTrip {
    std::string split;
    std::string canary;
    std::string taker;
};

// The lock, held by one command. The image is read under it.
class TableSession {
public:
    // `holder`: the command, shown to whoever waits. Says on stderr whom it waits for after a
    // second. Throws Error when the lock cannot be had in time or the table cannot be read.
    TableSession(TablePaths paths, const std::string& holder, std::chrono::milliseconds patience);

    table::TableImage& image() { return image_; }

    // Publishes the image and gives the lock back: a proof that takes its time must not keep
    // others, a rollback say, from publishing. Throws Error; nothing has been published then.
    table::Publication publish();

private:
    TablePaths paths_;
    std::optional<table::WriterLock> lock_;
    table::TableImage image_;
};

// Publishes the image. A table made anew, or restored from an older copy, goes on above the
// generations that running workers report: otherwise its next publications would look applied
// before anybody has seen them. Holds that were over long ago are left out.
// REQUIRES: the lock is held. Throws PublishError.
table::Publication publish_next(const TablePaths& paths, table::TableImage& image);

// The lock alone, for whoever makes the table. Throws Error.
table::WriterLock lock_table(const TablePaths& paths, const std::string& holder,
                             std::chrono::milliseconds patience);

// A trip of the guard holds for one generation only, so the next publication, of whatever split,
// would give every tripped canary its traffic back. Takes it from the canaries in the image
// itself, except for splits in `touched`, whose weights the user has just chosen.
std::vector<CarriedTrip> carry_trips(table::TableImage& image, const NginxView& nginx,
                                     const std::vector<std::string>& touched);

}  // namespace teal::cli
