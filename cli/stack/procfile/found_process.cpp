#include "cli/stack/procfile/found_process.hpp"

#include "cli/files/durable_file.hpp"
#include "cli/stack/procfile/supervisor_order.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <system_error>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

template <typename Number>
Number number_in(const std::string& text) {
    Number number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::map<std::string, FoundProcess> recorded(const fs::path& directory) {
    std::map<std::string, FoundProcess> found;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        const std::optional<ProcessRecord> record =
            parse_process_record(read_if_exists(entry.path()).value_or(""));
        if (record &&
            instance_name(record->service, record->number) == entry.path().stem().string()) {
            found[entry.path().stem().string()] = {*record, record->supervisor_lives(),
                                                   record->process_lives()};
        }
    }
    return found;
}

// What a process itself knows about its place.
void complete(FoundProcess& process, const MarkedProcess& marked, const std::string& name) {
    ProcessRecord& record = process.record;
    const std::size_t dot = name.rfind('.');
    record.service = name.substr(0, dot);
    record.number = number_in<std::uint32_t>(name.substr(std::min(dot + 1, name.size())));
    record.snapshot = marked.value_of("TEAL_SNAPSHOT");
    record.boot = boot_id();
    if (!marked.value_of(kSupervisorVariable).empty()) {
        process.supervised = true;
        record.supervisor = marked.identity;
        return;
    }
    process.running = true;
    record.phase = ProcessPhase::running;
    record.process = marked.identity;
    record.port = number_in<std::uint16_t>(marked.value_of("PORT"));
}

}  // namespace

std::vector<FoundProcess> find_processes(const StackPaths& paths, const std::string& group) {
    std::map<std::string, FoundProcess> found = recorded(paths.processes(group));
    const std::string prefix = paths.place(group, "");
    for (const MarkedProcess& marked : marked_processes(kPlaceVariable, prefix)) {
        const std::string name = marked.value_of(kPlaceVariable).substr(prefix.size());
        FoundProcess& process = found[name];
        const bool supervisor = !marked.value_of(kSupervisorVariable).empty();
        // Children of a process carry its marker as well; its leader comes first in the list, and
        // stands for all of its group. A supervisor's fork is one until it becomes the process.
        const bool known = supervisor ? process.supervised : process.running;
        if (!known && (supervisor || marked.identity.pid == marked.group)) {
            complete(process, marked, name);
        }
    }
    std::vector<FoundProcess> list;
    for (auto& [name, process] : found) {
        if (!process.record.service.empty()) {
            list.push_back(std::move(process));
        }
    }
    return list;
}

const FoundProcess* find_named(const std::vector<FoundProcess>& found, const std::string& name) {
    const auto process = std::find_if(found.begin(), found.end(),
                                      [&](const FoundProcess& one) { return one.name() == name; });
    return process == found.end() ? nullptr : &*process;
}

}  // namespace teal::cli
