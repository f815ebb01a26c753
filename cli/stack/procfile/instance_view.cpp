#include "cli/stack/procfile/instance_view.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

std::string address_of(const FoundProcess& process) {
    return "127.0.0.1:" + std::to_string(process.record.port);
}

std::string ended_text(const FoundProcess& process) {
    const ProcessRecord& record = process.record;
    if (record.phase == ProcessPhase::stopped) {
        return "stopped";
    }
    if (!record.of_this_boot()) {
        return "ended with the machine's last run";
    }
    std::string text = record.last_exit.empty() ? "has ended" : record.last_exit;
    if (process.supervised) {
        text += fmt::format(", restarting (restart {})", record.restarts + 1);
    }
    return text;
}

std::string running_text(const FoundProcess& process) {
    std::string text = process.supervised ? "running" : "running, without a supervisor";
    if (process.record.restarts > 0) {
        text += fmt::format(", restarted {} times, last: {}", process.record.restarts,
                            process.record.last_exit);
    }
    return text;
}

Instance instance_of(const FoundProcess& process, bool entry) {
    Instance instance;
    instance.service = process.record.service;
    instance.number = process.record.number;
    instance.name = process.name();
    instance.state = process.running ? InstanceState::running : InstanceState::exited;
    instance.detail = process.running ? running_text(process) : ended_text(process);
    if (process.running) {
        instance.id = std::to_string(process.record.process.pid);
        instance.started_unix_s = process.record.started_unix_s;
        instance.address = entry ? address_of(process) : "";
    }
    return instance;
}

}  // namespace

std::vector<Instance> view_of(const StackPlan& wanted, const std::vector<FoundProcess>& found,
                              const StackPaths& paths, const std::string& group) {
    std::vector<Instance> instances;
    const auto add = [&](Instance instance) {
        instance.log = paths.log(group, instance.name);
        instances.push_back(std::move(instance));
    };
    for (const PlannedProcess& process : wanted.processes) {
        if (process.shared != (group == kSharedGroup)) {
            continue;
        }
        for (const std::uint32_t i : process.instance_numbers()) {
            const std::string name = instance_name(process.name, i);
            if (const FoundProcess* there = find_named(found, name)) {
                add(instance_of(*there, process.entry));
                continue;
            }
            Instance missing;
            missing.service = process.name;
            missing.number = i;
            missing.name = name;
            missing.detail = "not started";
            add(std::move(missing));
        }
    }
    for (const FoundProcess& process : found) {
        const auto same = [&](const Instance& one) { return one.name == process.name(); };
        if (process.lives() && std::none_of(instances.begin(), instances.end(), same)) {
            const PlannedProcess* planned = wanted.find(process.record.service);
            add(instance_of(process, planned != nullptr && planned->entry));
        }
    }
    return instances;
}

}  // namespace teal::cli
