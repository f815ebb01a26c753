#include "cli/commands/agent.hpp"

#include "cli/commands/experiment_patrol.hpp"
#include "cli/commands/ramp_patrol.hpp"
#include "cli/commands/table_options.hpp"
#include "cli/deployment/reconcile.hpp"
#include "cli/deployment/revival.hpp"
#include "cli/error.hpp"
#include "cli/notify/send.hpp"
#include "cli/output/live_view.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kAgentLongest_s = 3600;

constexpr char kAgentHelp[] =
    "Examples:\n"
    "  teal agent                  until it is told to end (SIGTERM); see the systemd unit\n"
    "  teal agent --once           one look, as a cron job would\n"
    "\n"
    "A container that was restarted may have another address, a replica may have gone: what runs "
    "is\n"
    "published as the color's endpoints. After a reboot, the color that served is started again\n"
    "from its snapshot when nothing of it runs. It waits while a deployment is under way.\n"
    "Drives every canary of the table that nobody drives (teal canary start --detach, a closed\n"
    "terminal); no other weights are changed. Looks at experiments every ten seconds, so that\n"
    "their counts outlive a reboot and a verdict is kept from when it was first seen.\n"
    "Notifications that wait, as after a reboot, are delivered.\n";

// Between two attempts to start again what does not come up.
constexpr double kFirstPause_s = 2;
constexpr double kLongestPause_s = 300;

// Between two looks for notifications that nobody delivers.
constexpr auto kDeliveriesEvery = std::chrono::minutes(1);

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
    void revived(const SnapshotMetadata& lost) {
        last_.clear();
        if (json_) {
            print_event("revived", {{"color", name_of(lost.color)}, {"snapshot", lost.id}});
        } else {
            print_line(std::string(name_of(lost.color)) + " (" + lost.id +
                       ") serves, but nothing of it ran: started again");
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

// What the agent looks after, and how often it has tried in vain.
class Watchman {
public:
    Watchman(const Settings& settings, Stack& stack, Progress& progress, Journal& journal)
        : settings_(settings), stack_(stack), progress_(progress), journal_(journal) {}

    void look() {
        look_after_deliveries();
        const Records records(settings_.deployment_directory);
        const table::TableImage table =
            read_table(table_paths(settings_.table, settings_.counters));
        const std::vector<SnapshotMetadata> snapshots = records.snapshots.list();
        // Looked at without the lock first: almost always there is nothing to do.
        const std::optional<SnapshotMetadata> lost = find_lost(snapshots, table, stack_);
        const bool revival_due = lost && steady_clock::now() >= next_revival_;
        if (!lost) {
            pause_s_ = kFirstPause_s;
        }
        if (!revival_due && find_drift(snapshots, table, stack_).empty() && !records.operation()) {
            journal_.well();
            return;
        }
        if (!deployment_lock_holder(records).empty()) {
            return;
        }
        DeploymentJob job(settings_, stack_, progress_, "agent");
        if (revival_due) {
            next_revival_ =
                steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(
                                          std::chrono::duration<double>(pause_s_));
            pause_s_ = std::min(2 * pause_s_, kLongestPause_s);
            revive(job, *lost);
            journal_.revived(*lost);
        }
        for (const Drift& drift : reconcile(job)) {
            journal_.mended(drift);
        }
    }

private:
    using steady_clock = std::chrono::steady_clock;

    void look_after_deliveries() {
        if (steady_clock::now() < next_deliveries_) {
            return;
        }
        next_deliveries_ = steady_clock::now() + kDeliveriesEvery;
        if (const std::string problem = deliver_what_waits(settings_); !problem.empty()) {
            journal_.problem(problem);
        }
    }

    const Settings& settings_;
    Stack& stack_;
    Progress& progress_;
    Journal& journal_;
    steady_clock::time_point next_revival_{};
    steady_clock::time_point next_deliveries_{};
    double pause_s_ = kFirstPause_s;
};

}  // namespace

ExitCode run_agent(const AgentOptions& options) {
    const double interval = parse_seconds("--interval", options.interval, kAgentLongest_s);
    const Settings settings = load_settings(options.common.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const std::unique_ptr<ProgressOutput> progress = make_progress(options.common.json);
    Journal journal(options.common.json);
    Watchman watchman(settings, *stack, *progress, journal);
    if (options.once) {
        patrol_ramps_once(settings, options.common.json);
        ExperimentPatrol(settings, options.common.json).look();
        watchman.look();
        return ExitCode::ok;
    }
    const BackgroundRampPatrol ramps(settings, options.common.json);
    ExperimentPatrol experiments(settings, options.common.json);
    LiveView until_ended;
    do {
        experiments.look_if_due();
        try {
            watchman.look();
        } catch (const Error& error) {
            journal.problem(error.what());
        }
    } while (until_ended.pause(interval));
    return ExitCode::ok;
}

void add_agent(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<AgentOptions>();
    CLI::App& command = *app.add_subcommand("agent", "keep the table in step with what runs");
    command.footer(kAgentHelp);
    command.add_option("--interval", options->interval, "seconds between two looks (2)")
        ->type_name("S");
    command.add_flag("--once", options->once, "look once, then end");
    command.add_flag("--json", options->common.json, "print events as JSON, one a line");
    add_project_options(command, options->common.project);
    command.callback([options, &result] { result = run_agent(*options); });
}

}  // namespace teal::cli
