#include "cli/stack/procfile/process_crew.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/stack/procfile/launch.hpp"
#include "cli/stack/procfile/process_ending.hpp"

#include <algorithm>
#include <map>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;

constexpr auto kPlacePatience = std::chrono::seconds(5);  // with a place that somebody else holds
constexpr auto kLookAgain = milliseconds(200);

std::string port_variable(const std::string& name) {
    std::string variable = "TEAL_PORT_";
    for (const char c : name) {
        variable += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    return variable;
}

}  // namespace

// One process that is wanted and not as it should be.
struct ProcessCrew::Step {
    const PlannedProcess* process;
    std::uint32_t number;
    const FoundProcess* found;  // or nullptr
    bool adopt;                 // it runs, without a supervisor

    std::string name() const { return instance_name(process->name, number); }
};

std::optional<StackPlan> ProcessCrew::wanted() const {
    const std::optional<std::string> text = read_if_exists(paths_.wanted(group_));
    try {
        return text ? std::optional(parse_stack_plan(paths_.wanted(group_), *text)) : std::nullopt;
    } catch (const Error&) {
        return std::nullopt;
    }
}

PortsByName ProcessCrew::ports() const {
    PortsByName ports;
    std::map<std::string, std::uint32_t> numbers;
    for (const FoundProcess& process : found()) {
        const ProcessRecord& record = process.record;
        const auto known = numbers.find(record.service);
        if (process.lives() && (known == numbers.end() || record.number < known->second)) {
            numbers[record.service] = record.number;
            ports[record.service] = record.port;
        }
    }
    return ports;
}

std::vector<ProcessCrew::Step> ProcessCrew::steps_for(
    const Wanted& wanted, const std::vector<FoundProcess>& found) const {
    std::vector<Step> steps;
    for (const PlannedProcess& process : wanted.plan.processes) {
        if (process.shared != is_shared()) {
            continue;
        }
        for (const std::uint32_t i : process.instance_numbers()) {
            const FoundProcess* now = find_named(found, instance_name(process.name, i));
            const bool right =
                now != nullptr &&
                (wanted.keep_running || now->record.snapshot == wanted.snapshot_of(process));
            if (!right || !now->supervised) {
                steps.push_back({&process, i, now, right && now->running});
            }
        }
    }
    return steps;
}

void ProcessCrew::bring_up(const Wanted& wanted, Progress& progress) {
    const auto give_up = std::chrono::steady_clock::now() + kPlacePatience;
    std::string held = try_to_bring_up(wanted, progress);
    // A command that was killed may have left a supervisor that is only just starting, and was not
    // to be seen yet: it keeps its place, and is what is wanted.
    while (!held.empty()) {
        if (std::chrono::steady_clock::now() >= give_up) {
            throw failure(held + " is being started by another teal",
                          "wait for it; then the same command again");
        }
        held = try_to_bring_up(wanted, progress);
    }
}

std::string ProcessCrew::try_to_bring_up(const Wanted& wanted, Progress& progress) {
    const std::vector<FoundProcess> found = this->found();
    std::vector<Step> steps = steps_for(wanted, found);
    const bool starts =
        std::any_of(steps.begin(), steps.end(), [](const Step& step) { return !step.adopt; });
    if (starts) {
        demand_same_code(directory_, wanted.plan.snapshot, wanted.plan.code);
    }
    make_directory(paths_.processes(group_), 0700);
    make_directory(paths_.logs(group_), 0750);
    if (!wanted.keep_running || !this->wanted() || starts) {
        write_durably(paths_.wanted(group_), to_text(wanted.plan), 0600);
    }
    std::vector<FoundProcess> leaving;
    for (const FoundProcess& process : found) {
        const PlannedProcess* planned = wanted.plan.find(process.record.service);
        const bool part = planned != nullptr && planned->shared == is_shared() &&
                          planned->has_number(process.record.number);
        const bool other = !part || process.record.snapshot != wanted.snapshot_of(*planned);
        if (process.lives() && !wanted.keep_running && (!part || other)) {
            leaving.push_back(process);
        }
    }
    stop_all(leaving, wanted.grace, progress);
    return start(wanted, std::move(steps), progress);
}

std::string ProcessCrew::start(const Wanted& wanted, std::vector<Step> steps, Progress& progress) {
    // All ports before the first start: each process is told the others'.
    PortsByName ports = wanted.others;
    for (const auto& [name, port] : this->ports()) {
        ports[name] = port;
    }
    std::vector<Launch> launches;
    for (const Step& step : steps) {
        PlaceLock lock(paths_.place(group_, step.name()) + ".lock", kLookAgain);
        if (!lock.held()) {
            return step.name();
        }
        const std::uint16_t before = step.found != nullptr ? step.found->record.port : 0;
        // An adopted process keeps the port it serves on, and so cannot find it free.
        PortReservation port;
        if (step.adopt) {
            port = hold_port(before);
        } else if (std::optional<PortReservation> same = reserve_port(before)) {
            port = std::move(*same);
        } else {
            port = choose_port();
        }
        if (step.number == step.process->instance_numbers().front()) {
            ports[step.process->name] = port.port();
        }
        launches.push_back({{}, std::move(port), std::move(lock)});
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        SupervisorOrder& order = launches[i].order;
        order.service = step.process->name;
        order.number = step.number;
        order.color = group_;
        order.snapshot =
            step.adopt ? step.found->record.snapshot : wanted.snapshot_of(*step.process);
        order.command = step.process->command;
        order.directory = directory_;
        order.record = paths_.place(group_, step.name()) + ".json";
        order.log = paths_.log(group_, step.name());
        order.port = launches[i].port.port();
        order.grace_s = std::chrono::duration<double>(wanted.grace).count();
        order.environment = wanted.environment;
        for (const auto& [name, port] : ports) {
            order.environment.emplace_back(port_variable(name), std::to_string(port));
        }
        if (!is_shared()) {
            order.environment.emplace_back("TEAL_COLOR", group_);
        }
        order.environment.emplace_back("TEAL_SNAPSHOT", order.snapshot);
        order.environment.emplace_back(kPlaceVariable, paths_.place(group_, step.name()));
        if (step.adopt) {
            order.adopt = step.found->record.process;
            order.restarts = step.found->record.restarts;
        }
        progress.service(step.name(), step.adopt ? "taken over" : "starting");
    }
    const std::vector<std::string> problems = launch(std::move(launches), program_);
    std::string all;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        progress.service(steps[i].name(), problems[i].empty() ? "started" : "not started");
        if (!problems[i].empty()) {
            all += (all.empty() ? "" : "; ") + steps[i].name() + ": " + problems[i];
        }
    }
    if (!all.empty()) {
        throw failure("could not be started: " + all, "teal logs --color " + group_);
    }
    return "";
}

void ProcessCrew::stop_all(const std::vector<FoundProcess>& processes, milliseconds grace,
                           Progress& progress) {
    for (const FoundProcess& process : processes) {
        progress.service(process.name(), "stopping");
    }
    end_processes(processes, grace);
    for (const FoundProcess& process : processes) {
        progress.service(process.name(), "stopped");
    }
}

void ProcessCrew::start_more(const Wanted& wanted, const PlannedProcess& process,
                             Progress& progress) {
    demand_same_code(directory_, wanted.snapshot_of(process), wanted.plan.code);
    make_directory(paths_.processes(group_), 0700);
    make_directory(paths_.logs(group_), 0750);
    const std::vector<FoundProcess> found = this->found();  // a place may keep its former port
    std::vector<Step> steps;
    for (const std::uint32_t number : process.instance_numbers()) {
        steps.push_back(
            {&process, number, find_named(found, instance_name(process.name, number)), false});
    }
    if (const std::string held = start(wanted, std::move(steps), progress); !held.empty()) {
        throw failure(held + " is being started by another teal",
                      "wait for it; then the same command again");
    }
}

void ProcessCrew::end(const FoundProcess& process, milliseconds grace, Progress& progress) {
    stop_all({process}, grace, progress);
    remove_tree(paths_.place(group_, process.name()) + ".json");
}

void ProcessCrew::want(const StackPlan& plan) const {
    make_directory(paths_.processes(group_), 0700);
    write_durably(paths_.wanted(group_), to_text(plan), 0600);
}

void ProcessCrew::stop(milliseconds grace, Progress& progress) {
    std::vector<FoundProcess> living = found();
    std::erase_if(living, [](const FoundProcess& process) { return !process.lives(); });
    stop_all(living, grace, progress);
}

void ProcessCrew::remove_traces() {
    remove_tree(paths_.processes(group_));
    remove_tree(paths_.logs(group_));
}

}  // namespace teal::cli
