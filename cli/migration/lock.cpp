#include "cli/migration/lock.hpp"

namespace teal::cli::migration {

const char* lock_name(Lock lock) {
    constexpr const char* kNames[] = {
        "",      "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",   "SHARE UPDATE EXCLUSIVE",
        "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};
    return kNames[static_cast<unsigned>(lock)];
}

const char* blocking_words(Lock lock) {
    return blocks_reads(lock)    ? "blocks reads and writes"
           : blocks_writes(lock) ? "blocks writes"
                                 : "";
}

}  // namespace teal::cli::migration
