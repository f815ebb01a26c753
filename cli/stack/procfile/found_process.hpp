// The processes of a group, as they are now: what the records say, checked against /proc, and what
// /proc has beyond the records.
#pragma once

#include "cli/stack/procfile/process_record.hpp"
#include "cli/stack/procfile/stack_paths.hpp"

#include <string>
#include <vector>

namespace teal::cli {

struct FoundProcess {
    ProcessRecord record;  // pieced together from the process's environment where it was lost
    bool supervised = false;
    bool running = false;

    std::string name() const { return instance_name(record.service, record.number); }
    bool lives() const { return supervised || running; }
};

// By name. Records that are damaged or of another boot are no error.
std::vector<FoundProcess> find_processes(const StackPaths& paths, const std::string& group);

const FoundProcess* find_named(const std::vector<FoundProcess>& found, const std::string& name);

}  // namespace teal::cli
