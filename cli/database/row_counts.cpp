#include "cli/database/row_counts.hpp"

#include "cli/database/ask.hpp"
#include "cli/error.hpp"

#include <fmt/format.h>
#include <cstdlib>

namespace teal::cli::database {
namespace {

constexpr auto kCountPatience = std::chrono::hours(24 * 7);
constexpr auto kSnapshotPatience = std::chrono::seconds(60);
constexpr char kAllCounted[] = "teal: all is counted";
constexpr std::size_t kMostTold = 10;

// An extension's own tables are restored by CREATE EXTENSION. Row security would hide rows:
// pg_dump refuses to work under it, and so does this.
constexpr char kCount[] = R"(SET row_security = off;
SELECT format('SELECT %L, count(*) FROM ONLY %I.%I',
              replace(format('%I.%I', n.nspname, c.relname), chr(10), '\n'),
              n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                    AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
\gexec
SELECT 'large objects', count(*) FROM pg_catalog.pg_largeobject_metadata;
)";

void add(RowCounts& counts, const std::vector<std::string>& row) {
    if (row.size() != 2) {
        throw failure("the rows could not be counted: psql answered \"" +
                          (row.empty() ? std::string() : row.front()) + "\"",
                      "try again without --verify");
    }
    counts[row[0]] = std::strtoull(row[1].c_str(), nullptr, 10);
}

// Lines for rows: this answer is read while it comes.
ProgramCall line_question() {
    ProgramCall call = question();
    call.arguments.insert(call.arguments.end(), {"-R", "\n"});
    return call;
}

}  // namespace

RowCounts count_rows(const Server& server, const std::string& database) {
    RowCounts counts;
    for (const auto& row : ask(server, kCount, database)) {
        add(counts, row);
    }
    return counts;
}

CountedSnapshot::CountedSnapshot(const Server& server)
    : session_(server.fed_command(line_question())) {
    session_.say(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;\n"
        "SELECT pg_catalog.pg_export_snapshot();\n");
    const std::optional<std::string> name = session_.hear(kSnapshotPatience);
    if (!name || name->empty()) {
        throw failure("the server exports no snapshot: " + session_.said(),
                      "try again, or back up without --verify");
    }
    name_ = *name;
    session_.say(fmt::format("{}\\echo {}\n", kCount, kAllCounted));
}

RowCounts CountedSnapshot::finish() {
    RowCounts counts;
    while (true) {
        const std::optional<std::string> line = session_.hear(kCountPatience);
        if (!line) {
            throw failure("the rows could not be counted: " + session_.said(),
                          "try again without --verify");
        }
        if (*line == kAllCounted) {
            return counts;
        }
        add(counts, rows_of(*line).at(0));
    }
}

std::string differences(const RowCounts& database, const RowCounts& backup) {
    std::string text;
    std::size_t told = 0;
    const auto tell = [&](const std::string& difference) {
        if (++told <= kMostTold) {
            text += (text.empty() ? "" : "; ") + difference;
        }
    };
    for (const auto& [table, rows] : database) {
        const auto found = backup.find(table);
        if (found == backup.end()) {
            tell(fmt::format("{}: missing in the backup", table));
        } else if (found->second != rows) {
            tell(fmt::format("{}: {} rows, and {} in the backup", table, rows, found->second));
        }
    }
    for (const auto& [table, rows] : backup) {
        if (!database.contains(table)) {
            tell(fmt::format("{}: only in the backup", table));
        }
    }
    return told > kMostTold ? text + fmt::format("; and {} more", told - kMostTold) : text;
}

}  // namespace teal::cli::database
