#include "shared/counters/watched.hpp"

#include "shared/mapping/shared_word.hpp"

#include <fcntl.h>

namespace teal::counters {
namespace {

void add(guard::ArmCounts& arm, guard::ArmCounts (&slow)[guard::kSlowThresholds],
         const VariantCounters& from) {
    // Acquire: what follows is not read before it.
    arm.bad += load_shared(from.watched_bad, std::memory_order_acquire);
    for (std::size_t i = 0; i < guard::kSlowThresholds; ++i) {
        const std::uint64_t late = load_shared(from.watched_slow[i], std::memory_order_acquire);
        slow[i].bad += late;
        slow[i].done += late + load_shared(from.watched_in_time[i], std::memory_order_relaxed);
    }
    arm.done += load_shared(from.watched_done, std::memory_order_relaxed);
}

bool set_lock(const File& file, std::uint32_t split, short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(kHeaderBytes + std::uint64_t{split} * sizeof(SplitEntry) +
                                      offsetof(SplitEntry, guard_state));
    lock.l_len = 1;
    return fcntl(file.mapping().descriptor(), F_OFD_SETLK, &lock) == 0;
}

}  // namespace

guard::CanaryCounts watched_counts(const File& file, std::uint32_t canary, std::uint32_t baseline) {
    guard::CanaryCounts counts{};
    const std::uint32_t high = file.slot_high();
    for (std::uint32_t slot = 0; slot < high; ++slot) {
        if (file.is_stored(slot, canary)) {
            add(counts.canary, counts.canary_slow, file.counters(slot, canary));
        }
        if (file.is_stored(slot, baseline)) {
            add(counts.baseline, counts.baseline_slow, file.counters(slot, baseline));
        }
    }
    return counts;
}

bool hold_guard(const File& file, std::uint32_t split) {
    return set_lock(file, split, F_WRLCK);
}

void release_guard(const File& file, std::uint32_t split) {
    (void)set_lock(file, split, F_UNLCK);
}

}  // namespace teal::counters
