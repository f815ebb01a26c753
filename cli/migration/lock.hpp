// PostgreSQL's table locks (explicit-locking in its manual), and what a statement does under one.
#pragma once

namespace teal::cli::migration {

// In the manual's order; a later one blocks at least what matters of an earlier one.
enum class Lock {
    none,
    access_share,
    row_share,
    row_exclusive,
    share_update_exclusive,
    share,
    share_row_exclusive,
    exclusive,
    access_exclusive,
};

// "ACCESS EXCLUSIVE"; empty for none.
const char* lock_name(Lock lock);

inline bool blocks_writes(Lock lock) {
    return lock >= Lock::share;
}
inline bool blocks_reads(Lock lock) {
    return lock == Lock::access_exclusive;
}

// What happens to tables that were there before: the strongest lock, whether all rows are written
// anew (or thrown away with their file), whether all rows, or an index over them, are read.
struct Effect {
    Lock lock = Lock::none;
    bool rewrites = false;
    bool scans = false;

    // No rewrite, and no scan while readers or writers wait.
    bool safe() const { return !(rewrites || scans) || !blocks_writes(lock); }
};

inline Effect both(const Effect& a, const Effect& b) {
    return {a.lock > b.lock ? a.lock : b.lock, a.rewrites || b.rewrites, a.scans || b.scans};
}

// "ACCESS EXCLUSIVE lock, rewrites the table"; empty when there is nothing to say.
const char* blocking_words(Lock lock);  // "blocks reads and writes", "blocks writes", ""

}  // namespace teal::cli::migration
