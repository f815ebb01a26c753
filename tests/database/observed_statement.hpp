// What a statement does, as PostgreSQL tells it: the locks its session holds or waits for, files
// that were replaced, rows that were read one after the other.
#pragma once

#include "cli/migration/lock.hpp"
#include "tests/database/sql_session.hpp"

#include <map>
#include <string>

namespace teal::database {

struct Observed {
    cli::migration::Effect effect{};
    bool safe = true;              // no rewrite, and no scan while readers or writers wait
    bool lock_is_known = true;     // false: it was over before its locks could be read
    bool writers_went_on = false;  // it ran beside an open transaction that writes to the tables
    std::string words{};           // for a failed test
    std::string refused{};         // SQLSTATE
};

// `subject` runs the statements, `witness` looks at it, `writer` holds what a writing transaction
// holds while a statement runs that no transaction may hold.
class Observer {
public:
    explicit Observer(const std::string& connection)
        : subject_(connection), witness_(connection), writer_(connection) {}

    // An empty schema, then this, each statement by itself.
    void prepare(const std::string& sql);
    // Notes which tables are there; what comes later is new and does not count.
    void begin_case();
    // Inside a transaction: opened and committed here, unless the case has opened one itself. What
    // ends a transaction is run without a look at it.
    Observed run(const std::string& sql);
    // For CONCURRENTLY, VACUUM and their like, which no transaction may hold.
    Observed run_alone(const std::string& sql);
    // Ends what the case left open.
    void end_case();

private:
    struct Table {
        std::string name;
        bool is_view = false;  // materialized: nobody writes to it but REFRESH
        std::string file;      // relfilenode
        long rows_read = 0;    // by sequential scans, so far
        cli::migration::Lock lock = cli::migration::Lock::none;
    };
    void read_locks(std::map<std::string, Table>& tables);
    void read_files(SqlSession& session, std::map<std::string, Table>& tables);
    void read_counts(std::map<std::string, Table>& tables, bool flushed);
    Observed compare(const std::map<std::string, Table>& before,
                     const std::map<std::string, Table>& after) const;

    SqlSession subject_;
    SqlSession witness_;
    SqlSession writer_;
    std::map<std::string, Table> tables_{};  // by oid
};

}  // namespace teal::database
