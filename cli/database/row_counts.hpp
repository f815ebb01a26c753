// How many rows each table has, at one moment.
//
// A backup under load is of the moment its snapshot was taken, so it has to be compared with what
// that snapshot sees: a session of ours exports it, pg_dump uses it (--snapshot), and the rows are
// counted in the session while pg_dump works.
#pragma once

#include "cli/database/server.hpp"
#include "cli/process/conversation.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace teal::cli::database {

using RowCounts = std::map<std::string, std::uint64_t>;   // by "schema.table", quoted where needed
inline constexpr char kLargeObjects[] = "large objects";  // and this

// Of ordinary tables and partitions, and large objects. Not of foreign tables, whose rows are no
// part of a backup, nor of materialized views, which are filled anew.
RowCounts count_rows(const Server& server, const std::string& database);

class CountedSnapshot {
public:
    // Exports a snapshot and begins to count. Throws Error.
    explicit CountedSnapshot(const Server& server);

    const std::string& name() const { return name_; }  // for pg_dump --snapshot
    // Waits until all is counted; the snapshot ends. Throws Error.
    RowCounts finish();

private:
    Conversation session_;
    std::string name_;
};

// "public.orders: 12 rows, and 11 in the backup", for each difference, at most ten; empty: none.
std::string differences(const RowCounts& database, const RowCounts& backup);

}  // namespace teal::cli::database
