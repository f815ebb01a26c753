// What the guard of one split has to know of the counters: its sums over all processes, and who may
// evaluate it.
#pragma once

#include "shared/counters/file.hpp"
#include "shared/guard/evidence.hpp"

#include <cstdint>

namespace teal::counters {

// Both arms' counts since the file was made, dead processes' included. Failures are read before the
// attempts they are of, so that no arm has more of the one than of the other. `canary` and
// `baseline` are indexes into the variant directory.
guard::CanaryCounts watched_counts(const File& file, std::uint32_t canary, std::uint32_t baseline);

// Makes this process the one that evaluates the split's guard, or finds that it is; false when
// another one is. The kernel takes it from a process that dies. Never waits.
bool hold_guard(const File& file, std::uint32_t split);
void release_guard(const File& file, std::uint32_t split);

}  // namespace teal::counters
