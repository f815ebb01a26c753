#include "cli/deployment/take_down.hpp"

#include "cli/deployment/metrics_file.hpp"
#include "cli/deployment/records.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

std::size_t running_in(Stack& stack) {
    std::size_t running = 0;
    for (const auto& instances :
         {stack.instances(Color::blue), stack.instances(Color::green), stack.shared_instances()}) {
        running += static_cast<std::size_t>(
            std::count_if(instances.begin(), instances.end(), [](const Instance& instance) {
                return instance.state == InstanceState::running ||
                       instance.state == InstanceState::starting;
            }));
    }
    return running;
}

// A table that cannot be read or written must not keep a project from being stopped.
void leave_the_table(const Settings& settings, const Records& records, TakeDownOutcome& outcome) {
    try {
        ChangeTerms terms;
        terms.paths = table_paths(settings.table, settings.counters);
        terms.holder = "teal upgrade down";
        const table::TableImage image = read_table(terms.paths);
        const std::vector<std::string> splits = recorded_splits(records.snapshots.list(), image);
        if (!splits.empty()) {
            outcome.served = serving_state(image, splits).active;
            withdraw_both(terms, splits);
        }
    } catch (const Error& error) {
        outcome.table_problem = error.what();
    }
}

}  // namespace

TakeDownOutcome take_down(const Settings& settings, Stack& stack, Removal removal,
                          Progress& progress) {
    const Records records(settings.deployment_directory);
    const table::WriterLock lock = lock_deployments(records, "teal upgrade down");
    if (const auto settled = settle_interrupted(records, std::nullopt)) {
        progress.warning(settled->text);
    }
    TakeDownOutcome outcome;
    outcome.stopped = running_in(stack);
    progress.phase("table");
    leave_the_table(settings, records, outcome);
    progress.phase("stop");
    const auto grace = std::chrono::seconds(static_cast<long>(settings.stop_grace_s));
    for (const Color color : {Color::blue, Color::green}) {
        stack.stop(color, grace, removal, progress);
    }
    stack.stop_shared(grace, removal, progress);
    records.clear_active();

    HistoryEntry entry;
    entry.time_unix_ns = now_unix_ns();
    entry.operation = "down";
    entry.outcome = "stopped";
    entry.from = outcome.served ? name_of(*outcome.served) : "";
    records.history.add(std::move(entry));
    if (const std::string problem = write_metrics_file(settings); !problem.empty()) {
        progress.warning(problem);
    }
    return outcome;
}

}  // namespace teal::cli
