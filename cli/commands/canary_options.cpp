#include "cli/commands/canary_options.hpp"

#include "cli/deployment/metrics_file.hpp"
#include "cli/deployment/ramp_records.hpp"
#include "cli/error.hpp"
#include "cli/notify/ramp_notification.hpp"
#include "cli/output/progress_output.hpp"
#include "cli/output/ramp_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr auto kProofPatience = std::chrono::seconds(10);

void tell(const RampEvent& event, bool json) {
    if (json) {
        print_event("canary", event_json(event));
    } else {
        print(event_line(event) + "\n" +
              (event.command.empty() ? "" : "  next: " + event.command + "\n"));
    }
}

void demand_in_use(RampControl& control, const Ramp& ramp) {
    const Applied applied = control.wait_until_in_use(ramp, kProofPatience);
    if (!applied.behind.empty()) {
        throw Error(ExitCode::not_applied,
                    fmt::format("generation {} is published and stands, but {} of {} workers did "
                                "not apply it: pid {}",
                                ramp.generation, applied.behind.size(), applied.workers,
                                pids_of(applied.behind)),
                    "look whether these processes hang: teal traffic show");
    }
}

}  // namespace

void add_canary_options(CLI::App& command, CanaryOptions& options, DryRun dry_run) {
    command.add_option("--split", options.split, "the canary's split (default: the only one)")
        ->type_name("SPLIT");
    if (dry_run == DryRun::offered) {
        command.add_flag("--dry-run", options.dry_run, "only say what would happen");
    }
    command.add_flag("--json", options.json, "print JSON, one object a line");
    add_project_options(command, options.project);
}

RampListeners ramp_listeners(const Settings& settings, EventsShown shown) {
    RampListeners listeners;
    listeners.on_event = [settings, shown](const RampEvent& event) {
        if (shown != EventsShown::nothing) {
            tell(event, shown == EventsShown::json);
        }
        if (const std::string problem = notify_of(settings, event); !problem.empty()) {
            warn(problem);
        }
    };
    listeners.record = [settings](const Ramp& ramp) {
        record_ramp_end(ramp);
        if (ramp.deployments.empty()) {
            return;  // of no project: nothing was added to a history
        }
        if (const std::string problem = write_metrics_file(settings); !problem.empty()) {
            warn(problem);
        }
    };
    listeners.on_problem = [](const std::string& text) { warn(text); };
    return listeners;
}

void change_ramp(const CanaryOptions& options, const std::string& holder,
                 const RampControl::Edit& edit) {
    const Settings settings = load_settings(options.project);
    // What is told here is what this command did; the driver tells whoever listens to it.
    RampListeners listeners = ramp_listeners(settings, events_shown(options.json));
    RampControl control(table_paths(settings.table, settings.counters), holder, listeners);
    Ramp ramp = chosen_ramp(control.store(), options.split);
    const std::string name = ramp.name();
    if (options.dry_run) {
        const std::size_t before = ramp.log.size();
        edit(ramp, control.look(ramp));
        for (std::size_t i = before; i < ramp.log.size(); ++i) {
            tell(event_of(ramp, ramp.log[i]), options.json);
        }
        if (!options.json) {
            print("dry run: nothing was changed\n");
        }
        return;
    }
    const std::size_t before = ramp.log.size();
    if (!has_ended(ramp.phase)) {
        control.change(name, advance_ramp);
    }
    ramp = control.change(name, edit);
    demand_in_use(control, ramp);
    const bool driven = !control.store().driver_of(name).empty();
    if (driven) {
        for (std::size_t i = before; i < ramp.log.size(); ++i) {
            tell(event_of(ramp, ramp.log[i]), options.json);
        }
    } else {
        control.tell_and_record_if_free(name);
        if (!has_ended(ramp.phase)) {
            warn(
                "nobody drives this ramp: start teal agent or teal canary drive, or its traffic "
                "goes "
                "when the lease ends");
        }
    }
}

}  // namespace teal::cli
