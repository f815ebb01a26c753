// What /proc says about processes the harness started.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace teal::harness {

// Direct children of `parent`, ascending.
std::vector<pid_t> children_of(pid_t parent);

// The command line as ps shows it (nginx renames its processes); empty for a zombie or a stranger.
std::string process_title(pid_t pid);

// Whether it exists and is not a zombie.
bool process_running(pid_t pid);

// Memory of its own: private clean + private dirty pages in KiB; 0 when it cannot be read.
unsigned long private_memory_kib(pid_t pid);

// Processor time used so far (user + system) in microseconds; 0 when it cannot be read.
unsigned long cpu_time_us(pid_t pid);

}  // namespace teal::harness
