#include "tests/database/observed_statement.hpp"

#include "tests/harness/wait.hpp"

#include <algorithm>
#include <array>

namespace teal::database {

using cli::migration::Lock;

namespace {

// Half of a table's thousand rows: more than any look at an index or a statistic reads.
constexpr long kManyRows = 500;

Lock lock_of(const std::string& mode) {
    constexpr std::array<const char*, 9> kModes{"",
                                                "AccessShareLock",
                                                "RowShareLock",
                                                "RowExclusiveLock",
                                                "ShareUpdateExclusiveLock",
                                                "ShareLock",
                                                "ShareRowExclusiveLock",
                                                "ExclusiveLock",
                                                "AccessExclusiveLock"};
    const auto* const found = std::find(kModes.begin(), kModes.end(), mode);
    return found == kModes.end() ? Lock::none : static_cast<Lock>(found - kModes.begin());
}

}  // namespace

void Observer::prepare(const std::string& sql) {
    subject_.ask("RESET ALL");
    subject_.ask("DEALLOCATE ALL");
    subject_.ask("DROP SCHEMA IF EXISTS public, other, shop CASCADE");
    subject_.ask("CREATE SCHEMA public");
    subject_.ask(sql);
}

void Observer::begin_case() {
    tables_.clear();
    for (const auto& row : witness_.ask(
             "SELECT c.oid, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = "
             "c.relnamespace WHERE n.nspname IN ('public', 'other') AND c.relkind IN "
             "('r', 'p', 'm', 'i', 'I', 'v', 'S')")) {
        tables_[row[0]] = {row[1], row[2] == "m", "", 0, Lock::none};
    }
}

void Observer::end_case() {
    if (subject_.in_transaction()) {
        subject_.ask("ROLLBACK");
    }
}

void Observer::read_locks(std::map<std::string, Table>& tables) {
    for (const auto& row :
         witness_.ask("SELECT relation, mode FROM pg_locks WHERE locktype = 'relation' AND pid = " +
                      std::to_string(subject_.server_pid()))) {
        const auto table = tables.find(row[0]);
        if (table != tables.end()) {
            table->second.lock = std::max(table->second.lock, lock_of(row[1]));
        }
    }
}

// Of tables and materialized views: an index that is built anew is no table that is rewritten.
void Observer::read_files(SqlSession& session, std::map<std::string, Table>& tables) {
    for (const auto& row :
         session.ask("SELECT oid, relfilenode FROM pg_class WHERE relkind IN ('r', 'm')")) {
        const auto table = tables.find(row[0]);
        if (table != tables.end()) {
            table->second.file = row[1];
        }
    }
}

void Observer::read_counts(std::map<std::string, Table>& tables, bool flushed) {
    const std::string rows =
        flushed ? "pg_stat_get_tuples_returned" : "pg_stat_get_xact_tuples_returned";
    for (const auto& row :
         subject_.ask("SELECT oid, " + rows + "(oid) FROM pg_class WHERE relkind IN ('r', 'm')")) {
        const auto table = tables.find(row[0]);
        if (table != tables.end()) {
            table->second.rows_read = std::stol(row[1]);
        }
    }
}

Observed Observer::compare(const std::map<std::string, Table>& before,
                           const std::map<std::string, Table>& after) const {
    Observed observed;
    for (const auto& [oid, now] : after) {
        const Table& then = before.at(oid);
        // A table that was dropped has no file now; that is no rewrite.
        const bool rewritten = !now.file.empty() && now.file != then.file;
        const bool read = now.rows_read - then.rows_read >= kManyRows;
        const bool scanned = read && now.lock > Lock::row_exclusive;
        observed.effect = cli::migration::both(observed.effect, {now.lock, rewritten, scanned});
        const bool blocks = now.is_view ? blocks_reads(now.lock) : blocks_writes(now.lock);
        observed.safe = observed.safe && !rewritten && !(scanned && blocks);
        if (now.lock != Lock::none || rewritten || read) {
            observed.words += now.name + ": " + lock_name(now.lock) +
                              (rewritten ? ", rewritten" : "") + (read ? ", all rows read" : "") +
                              "\n";
        }
    }
    return observed;
}

Observed Observer::run(const std::string& sql) {
    Observed observed;
    const bool own = !subject_.in_transaction() && sql.rfind("BEGIN", 0) != 0;
    try {
        if (own) {
            subject_.ask("BEGIN");
        }
        auto before = tables_;
        read_files(subject_, before);
        read_counts(before, false);
        subject_.ask(sql);
        auto after = tables_;
        observed.lock_is_known = subject_.in_transaction();
        if (observed.lock_is_known) {
            read_locks(after);
            read_files(subject_, after);
            read_counts(after, false);
            observed = compare(before, after);
        }
        if (own && subject_.in_transaction()) {
            subject_.ask("COMMIT");
        }
    } catch (const SqlError& error) {
        observed.refused = error.state();
        observed.words = error.what();
        subject_.ask("ROLLBACK");
    }
    return observed;
}

Observed Observer::run_alone(const std::string& sql) {
    auto before = tables_;
    subject_.ask("SELECT pg_stat_force_next_flush()");
    read_files(subject_, before);
    read_counts(before, true);
    // Holds what a writer holds, and an id that CONCURRENTLY waits for.
    writer_.ask("BEGIN");
    writer_.ask("SELECT pg_current_xact_id()");
    writer_.ask("LOCK TABLE item, measure, measure_2025, parent IN ROW EXCLUSIVE MODE");
    subject_.start(sql);
    const std::string waits =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = " +
        std::to_string(subject_.server_pid());
    harness::wait_until([&] { return !subject_.busy() || witness_.one(waits) == "1"; },
                        std::chrono::seconds(30), "the statement waits or is done: " + sql);
    auto after = tables_;
    Observed observed;
    read_locks(after);
    const bool locks = std::any_of(after.begin(), after.end(), [](const auto& entry) {
        return entry.second.lock != Lock::none;
    });
    observed.lock_is_known = subject_.busy() && locks;
    observed.writers_went_on = !observed.lock_is_known;
    writer_.ask("COMMIT");
    try {
        subject_.finish();
    } catch (const SqlError& error) {
        observed.refused = error.state();
        observed.words = error.what();
        return observed;
    }
    subject_.ask("SELECT pg_stat_force_next_flush()");
    read_files(subject_, after);
    read_counts(after, true);
    const bool known = observed.lock_is_known;
    const bool went_on = observed.writers_went_on;
    observed = compare(before, after);
    observed.lock_is_known = known;
    observed.writers_went_on = went_on;
    return observed;
}

}  // namespace teal::database
