// A mapped file can be truncated by anybody who may write it, and a full tmpfs cannot give a page
// that was not reserved: in both cases the next access is a SIGBUS, which would kill a worker with
// all its connections. The guard answers such a fault inside a registered range by putting a page
// of private zeros there, and marks the range as lost. Zeros are what every reader of ours treats
// as "not valid", so the caller goes on with its last good copy.
//
// Faults outside registered ranges go to the handler that was there before.
// Rejected: copying through pread(2) instead of a mapping, a system call per request; and checking
// the file's size before each access, a race.
#pragma once

#include <cstddef>

namespace teal {

// Installs the process's SIGBUS handler once; later calls do nothing. Not thread safe: call before
// threads exist. Returns false when sigaction fails.
bool install_bus_guard();

// Puts [begin, begin + bytes) under guard. Returns a ticket for the calls below, or -1 when all
// places are taken (the range is then unguarded). `writable`: protection of replacement pages.
int guard_range(const void* begin, std::size_t bytes, bool writable);
void release_range(int ticket);

// True once any page of the range had to be replaced by zeros.
bool range_lost(int ticket);

}  // namespace teal
