#include "cli/commands/agent.hpp"

#include "cli/commands/table_options.hpp"
#include "cli/deployment/reconcile.hpp"
#include "cli/error.hpp"
#include "cli/output/live_view.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kLongest_s = 3600;

constexpr char kHelp[] =
    "Examples:\n"
    "  teal agent                  until it is told to end (SIGTERM); see the systemd unit\n"
    "  teal agent --once           one look, as a cron job would\n"
    "\n"
    "A container that was restarted may have another address, a replica may have gone: what runs "
    "is\n"
    "published as the color's endpoints. Never changes weights, and waits while a deployment is\n"
    "under way. Without it the same is done at the next `teal upgrade` command.\n";

// What was said last, so that a state that lasts is said once.
class Journal {
public:
    explicit Journal(bool json) : json_(json) {}

    void mended(const Drift& drift) {
        last_.clear();
        if (json_) {
            print_event("endpoints", {{"split", drift.split},
                                      {"color", name_of(drift.color)},
                                      {"were", drift.in_table},
                                      {"are", drift.running}});
        } else {
            print_line(drift_text(drift));
        }
    }
    void problem(const std::string& text) {
        if (text == last_) {
            return;
        }
        last_ = text;
        if (json_) {
            print_event("problem", {{"text", text}});
        } else {
            warn(text);
        }
    }
    void well() { last_.clear(); }

private:
    bool json_;
    std::string last_;
};

void look(const Settings& settings, Stack& stack, Progress& progress, Journal& journal) {
    const Records records(settings.deployment_directory);
    const TablePaths paths = table_paths(settings.table, settings.counters);
    // Looked at without the lock first: almost always there is nothing to do.
    if (find_drift(records.snapshots.list(), read_table(paths), stack).empty() &&
        !records.operation()) {
        journal.well();
        return;
    }
    if (!deployment_lock_holder(records).empty()) {
        return;
    }
    DeploymentJob job(settings, stack, progress, "agent");
    for (const Drift& drift : reconcile(job)) {
        journal.mended(drift);
    }
}

}  // namespace

ExitCode run_agent(const AgentOptions& options) {
    const double interval = parse_seconds("--interval", options.interval, kLongest_s);
    const Settings settings = load_settings(options.common.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const std::unique_ptr<ProgressOutput> progress = make_progress(options.common.json);
    Journal journal(options.common.json);
    if (options.once) {
        look(settings, *stack, *progress, journal);
        return ExitCode::ok;
    }
    LiveView until_ended;
    do {
        try {
            look(settings, *stack, *progress, journal);
        } catch (const Error& error) {
            journal.problem(error.what());
        }
    } while (until_ended.pause(interval));
    return ExitCode::ok;
}

void add_agent(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<AgentOptions>();
    CLI::App& command = *app.add_subcommand("agent", "keep the table in step with what runs");
    command.footer(kHelp);
    command.add_option("--interval", options->interval, "seconds between two looks (2)")
        ->type_name("S");
    command.add_flag("--once", options->once, "look once, then end");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_agent(*options); });
}

}  // namespace teal::cli
