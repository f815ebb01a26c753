#include "shared/counters/slots.hpp"

#include "shared/mapping/shared_word.hpp"

#include <fcntl.h>
#include <ctime>

namespace teal::counters {
namespace {

struct flock lock_of(const File& file, std::uint32_t slot, short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(file.lock_offset(slot));
    lock.l_len = 1;
    return lock;
}

// Touches only variants that were ever used.
void fold(File& file, std::uint32_t slot) {
    const std::uint32_t variants = file.variant_count();
    for (std::uint32_t v = 0; v < variants; ++v) {
        if (!file.is_stored(slot, v)) {
            continue;
        }
        VariantCounters& counters = file.counters(slot, v);
        if (const std::uint64_t held = load_shared(counters.held, std::memory_order_relaxed);
            held != 0) {
            store_shared(counters.held_ended, held, std::memory_order_relaxed);
        }
        const std::uint64_t started = load_shared(counters.started, std::memory_order_relaxed);
        if (started == 0) {
            continue;
        }
        store_shared(counters.lost,
                     started - load_shared(counters.finished, std::memory_order_relaxed),
                     std::memory_order_relaxed);
        for (EndpointCounters& endpoint : counters.endpoints) {
            if (load_shared(endpoint.attempts, std::memory_order_relaxed) != 0) {
                store_shared(endpoint.in_flight, 0u, std::memory_order_relaxed);
                store_shared(endpoint.avoided, 0u, std::memory_order_relaxed);
            }
        }
    }
}

void raise_slot_high(File& file, std::uint32_t slot) {
    std::atomic_ref<std::uint32_t> high(file.header().slot_high);
    std::uint32_t seen = high.load(std::memory_order_relaxed);
    while (seen <= slot && !high.compare_exchange_weak(seen, slot + 1)) {
    }
}

}  // namespace

bool is_slot_live(const File& file, std::uint32_t slot) {
    struct flock lock = lock_of(file, slot, F_WRLCK);
    return fcntl(file.mapping().descriptor(), F_OFD_GETLK, &lock) == 0 && lock.l_type == F_RDLCK;
}

std::uint32_t claim_slot(File& file, std::uint32_t pid, std::uint32_t cycle) {
    for (std::uint32_t i = 0; i < kSlotCapacity; ++i) {
        struct flock lock = lock_of(file, i, F_WRLCK);
        if (fcntl(file.mapping().descriptor(), F_OFD_SETLK, &lock) != 0) {
            continue;
        }
        fold(file, i);
        lock.l_type = F_RDLCK;
        if (fcntl(file.mapping().descriptor(), F_OFD_SETLK, &lock) != 0) {
            return kNoSlot;  // closing the file gives the slot back, folded
        }
        timespec now{};
        clock_gettime(CLOCK_REALTIME, &now);
        SlotHeader& slot = file.slot(i);
        store_shared(slot.generation, std::uint64_t{0}, std::memory_order_relaxed);
        store_shared(slot.started_unix_ns,
                     static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                         static_cast<std::uint64_t>(now.tv_nsec),
                     std::memory_order_relaxed);
        add_own(slot.claims, std::uint64_t{1});
        store_shared(slot.knows_holds, slot.claims, std::memory_order_relaxed);
        store_shared(slot.pid, pid, std::memory_order_relaxed);
        store_shared(slot.cycle, cycle, std::memory_order_relaxed);
        store_shared(slot.role, static_cast<std::uint32_t>(Role::serving),
                     std::memory_order_release);
        raise_slot_high(file, i);
        return i;
    }
    return kNoSlot;
}

void leave_slot(File& file, std::uint32_t slot) {
    fold(file, slot);
    store_shared(file.slot(slot).role, static_cast<std::uint32_t>(Role::none),
                 std::memory_order_release);
}

}  // namespace teal::counters
