// Owning a slot: claimed by a worker when it starts, given back when it leaves, inherited by the
// next worker when it was killed.
#pragma once

#include "shared/counters/file.hpp"

#include <cstdint>

namespace teal::counters {

inline constexpr std::uint32_t kNoSlot = 0xffffffffu;

// True while a live process owns the slot and may count in it. The owner's lock excludes writers
// while it folds what its predecessor had in flight, and is turned into a shared one when that is
// done, before its first count: so whoever sees a live slot sees it folded, and no sum goes down in
// between. (Another claim asks for the exclusive lock, which either kind refuses.)
// Works with a read-only file and across containers: it asks the kernel for the lock, not for a
// pid. The kernel never names a descriptor's own lock, so a process that asks through the file it
// claimed with must add its own slot itself.
bool is_slot_live(const File& file, std::uint32_t slot);

// Claims the first slot that no live process owns: folds what its last owner had in flight into
// `lost`, clears its gauges and writes pid, role and cycle. Returns kNoSlot when all are taken.
// REQUIRES: the file is open for writing through a descriptor of this process alone (opened after
// the fork), because the lock belongs to the descriptor. The slot is given back by closing it.
std::uint32_t claim_slot(File& file, std::uint32_t pid, std::uint32_t cycle);

// Marks an orderly leave, so that nothing of this process is taken for lost; the lock goes with
// the file's close().
void leave_slot(File& file, std::uint32_t slot);

}  // namespace teal::counters
