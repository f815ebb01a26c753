#include "cli/stack/procfile/procfile_replacing.hpp"

#include "cli/error.hpp"
#include "cli/stack/procfile/instance_view.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace teal::cli {
namespace {

constexpr char kReplacedEnvironment[] = ".env";

const SnapshotFile* snapshot_file_named(const std::vector<SnapshotFile>& files,
                                        const std::string& name) {
    for (const SnapshotFile& file : files) {
        if (file.name == name) {
            return &file;
        }
    }
    return nullptr;
}

std::string difference_of(const PlannedProcess& before, const PlannedProcess& target) {
    return before.command != target.command ? "command"
           : before.entry != target.entry   ? "entry"
                                            : "";
}

// What is not known to be the same may differ: without git, and with files that were changed since
// the commit, nobody knows what the old processes were started from.
std::string code_difference(const StackPlan& before, const StackPlan& target) {
    if (!before.code || !target.code) {
        return "code (without git it is not known)";
    }
    return *before.code == *target.code ? "" : "code";
}

}  // namespace

ProcfileReplacing::ProcfileReplacing(Sides sides, StackPaths paths, ProcessCrew::Wanted before,
                                     const SnapshotRef& run,
                                     const std::vector<SnapshotFile>& target,
                                     std::chrono::milliseconds grace)
    : sides_(std::move(sides)),
      paths_(std::move(paths)),
      grace_(grace),
      before_(std::move(before)) {
    const SnapshotFile* plan = snapshot_file_named(target, kStackPlanName);
    if (plan == nullptr) {
        throw failure("snapshot " + run.id + " has no " + kStackPlanName, "deploy again");
    }
    target_.plan = parse_stack_plan(run.directory / kStackPlanName, plan->text);
    target_.plan.snapshot = run.id;
    for (PlannedProcess& process : target_.plan.processes) {
        process.snapshot.clear();
    }
    target_.grace = grace;
    if (const SnapshotFile* environment = snapshot_file_named(target, kReplacedEnvironment)) {
        target_.environment = parse_dotenv(run.directory / kReplacedEnvironment, environment->text);
    }
    before_.others = target_.others = sides_.shared.ports();
}

ProcessCrew& ProcfileReplacing::crew_of(const std::string& service) {
    const PlannedProcess* process = target_.plan.find(service);
    process = process == nullptr ? before_.plan.find(service) : process;
    return process != nullptr && process->shared ? sides_.shared : sides_.color;
}

const std::string& ProcfileReplacing::group_of(const std::string& service) {
    return crew_of(service).group();
}

std::vector<FoundProcess> ProcfileReplacing::found(const std::string& service) {
    std::vector<FoundProcess> all = crew_of(service).found();
    std::erase_if(all, [&](const FoundProcess& one) {
        return one.record.service != service || !one.lives();
    });
    return all;
}

std::vector<Comparison> ProcfileReplacing::compare() {
    const std::string code = code_difference(before_.plan, target_.plan);
    const bool same_environment = before_.environment == target_.environment;
    std::vector<Comparison> compared;
    for (const PlannedProcess& process : target_.plan.processes) {
        Comparison one{.service = process.name, .shared = process.shared};
        const PlannedProcess* before = before_.plan.find(process.name);
        const std::size_t up = found(process.name).size();
        one.was_there = before != nullptr;
        if (before == nullptr) {
            one.difference = "new";
        } else if (one.difference = difference_of(*before, process); !one.difference.empty()) {
        } else if (!same_environment) {
            one.difference = ".env";
        } else if (!code.empty()) {
            one.difference = code;
        } else if (up != process.replicas) {
            one.difference = fmt::format("{} of {} run", up, process.replicas);
        }
        compared.push_back(std::move(one));
    }
    for (const PlannedProcess& process : before_.plan.processes) {
        if (target_.plan.find(process.name) == nullptr) {
            compared.push_back({.service = process.name,
                                .shared = process.shared,
                                .in_target = false,
                                .difference = "no longer part of the project"});
        }
    }
    return compared;
}

StackPlan ProcfileReplacing::mixed(const std::set<std::string>& replaced) const {
    StackPlan plan = target_.plan;
    plan.processes.clear();
    for (const PlannedProcess& process : before_.plan.processes) {
        if (!replaced.contains(process.name)) {
            plan.processes.push_back(process);
            plan.processes.back().snapshot = before_.snapshot_of(process);
        }
    }
    for (const PlannedProcess& process : target_.plan.processes) {
        if (replaced.contains(process.name)) {
            plan.processes.push_back(process);
        }
    }
    return plan;
}

std::vector<SnapshotFile> ProcfileReplacing::files(const std::set<std::string>& replaced) {
    replaced_ = replaced;
    return {{kStackPlanName, to_text(mixed(replaced)), 0600}};
}

std::vector<VersionedInstance> ProcfileReplacing::instances(const std::string& service) {
    const std::string group = group_of(service);
    StackPlan plan = mixed(replaced_);
    if (plan.find(service) == nullptr) {
        if (const PlannedProcess* process = target_.plan.find(service)) {
            plan.processes.push_back(*process);  // new, and not begun
        }
    }
    const std::vector<FoundProcess> living = found(service);
    std::vector<VersionedInstance> instances;
    for (Instance& instance : view_of(plan, living, paths_, group)) {
        const FoundProcess* process = find_named(living, instance.name);
        if (instance.service != service || process == nullptr) {
            continue;
        }
        std::optional<Version> version;
        for (const Version each : {Version::before, Version::target}) {
            const PlannedProcess* planned = side(each).plan.find(service);
            if (planned != nullptr &&
                process->record.snapshot == side(each).snapshot_of(*planned)) {
                version = each;
            }
        }
        instances.push_back({std::move(instance), version});
    }
    return instances;
}

// What is wanted follows what runs, so that whoever looks finds nothing missing.
void ProcfileReplacing::follow(const std::string& service) {
    ProcessCrew& crew = crew_of(service);
    StackPlan plan = mixed(replaced_);
    const std::vector<FoundProcess> all = crew.found();
    for (PlannedProcess& process : plan.processes) {
        std::vector<std::uint32_t> numbers;
        for (const FoundProcess& one : all) {
            if (one.record.service == process.name && one.lives()) {
                numbers.push_back(one.record.number);
            }
        }
        std::sort(numbers.begin(), numbers.end());
        if (process.shared == crew.is_shared() && numbers.size() >= process.replicas) {
            process.numbers = numbers;
        }
    }
    crew.want(plan);
}

void ProcfileReplacing::start(const std::string& service, Version version,
                              std::vector<std::uint32_t> numbers, Progress& progress) {
    const PlannedProcess* planned = side(version).plan.find(service);
    if (planned == nullptr) {
        throw failure(service + " is not in the plan of its snapshot", "deploy again");
    }
    PlannedProcess process = *planned;
    process.numbers = std::move(numbers);
    process.replicas = static_cast<std::uint32_t>(process.numbers.size());
    crew_of(service).start_more(side(version), process, progress);
    follow(service);
}

std::vector<Instance> ProcfileReplacing::start_beside(const std::string& service, Version version,
                                                      std::uint32_t count, Progress& progress) {
    std::set<std::uint32_t> taken;
    for (const FoundProcess& process : found(service)) {
        taken.insert(process.record.number);
    }
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number = 1; numbers.size() < count; ++number) {
        if (!taken.contains(number)) {
            numbers.push_back(number);
        }
    }
    start(service, version, numbers, progress);
    std::vector<Instance> started;
    for (VersionedInstance& one : instances(service)) {
        if (std::find(numbers.begin(), numbers.end(), one.instance.number) != numbers.end()) {
            started.push_back(std::move(one.instance));
        }
    }
    if (started.size() != count) {
        throw failure("not all new processes of " + service + " run", "teal logs " + service);
    }
    return started;
}

void ProcfileReplacing::retire(const Instance& instance, Progress& progress) {
    for (const FoundProcess& process : found(instance.service)) {
        if (process.record.number == instance.number) {
            crew_of(instance.service).end(process, grace_, progress);
        }
    }
    follow(instance.service);
}

void ProcfileReplacing::replace(const std::string& service, Version version, Progress& progress) {
    const std::vector<FoundProcess> old = found(service);
    std::vector<std::uint32_t> numbers;
    for (const FoundProcess& process : old) {
        numbers.push_back(process.record.number);
    }
    const PlannedProcess* planned = side(version).plan.find(service);
    const std::size_t count = planned == nullptr ? 0 : planned->replicas;
    for (std::uint32_t number = 1; numbers.size() < count; ++number) {
        if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
            numbers.push_back(number);
        }
    }
    numbers.resize(count);
    // Their records stay for their ports.
    crew_of(service).stop_all(old, grace_, progress);
    start(service, version, numbers, progress);
}

}  // namespace teal::cli
