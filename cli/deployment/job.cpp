#include "cli/deployment/job.hpp"

#include "cli/deployment/metrics_file.hpp"
#include "cli/error.hpp"
#include "cli/notify/deployment_events.hpp"
#include "cli/notify/send.hpp"
#include "cli/output/quantities.hpp"

#include <unistd.h>
#include <algorithm>
#include <utility>

namespace teal::cli {
namespace {

using std::chrono::steady_clock;

// Nothing is made on disk, not even the lock's directory, before nginx is known to run.
table::WriterLock lock_when_possible(const NginxView& nginx, const Records& records,
                                     const std::string& name) {
    demand_live_nginx(nginx);
    return lock_deployments(records, "teal upgrade " + name);
}

}  // namespace

DeploymentJob::DeploymentJob(const Settings& its_settings, Stack& its_stack, Progress& its_progress,
                             std::string name)
    : settings(its_settings),
      stack(its_stack),
      progress(its_progress),
      records(its_settings.deployment_directory),
      nginx(table_paths(its_settings.table, its_settings.counters).counters),
      lock_(lock_when_possible(nginx, records, name)),
      started_(steady_clock::now()) {
    operation_.name = std::move(name);
    operation_.started_unix_ns = now_unix_ns();
    operation_.pid = getpid();
    operation_.user = user_name();
    splits_ = recorded();
    const std::optional<Color> active = splits_.empty() ? std::nullopt : serving(splits_).active;
    if (const auto settled = settle_interrupted(records, active)) {
        progress.warning(settled->text);
        tell_metrics();
    }
    if (active && records.active_file() != active) {
        records.write_active(*active);
    }
}

table::TableImage DeploymentJob::table() const {
    return read_table(table_paths(settings.table, settings.counters));
}

ServingState DeploymentJob::serving(const std::vector<std::string>& splits) const {
    return serving_state(table(), splits);
}

std::vector<std::string> DeploymentJob::recorded() const {
    return recorded_splits(records.snapshots.list(), table());
}

std::optional<SnapshotMetadata> DeploymentJob::deployed(Color color) const {
    return deployed_on(records.snapshots.list(), color);
}

ChangeTerms DeploymentJob::terms() const {
    ChangeTerms terms;
    terms.paths = table_paths(settings.table, settings.counters);
    terms.holder = "teal upgrade " + operation_.name;
    return terms;
}

void DeploymentJob::begin(const std::string& phase) {
    note_phase_end();
    operation_.phase = phase;
    phase_started_ = steady_clock::now();
    records.write_operation(operation_);
    progress.phase(phase);
    if (!begun_) {
        begun_ = true;
        notify(notifications_of_begin(operation_.name, name_of(operation_.target),
                                      operation_.from ? name_of(*operation_.from) : ""));
    }
}

void DeploymentJob::record(const std::vector<Event>& events) const {
    if (const std::string problem = record_events(terms().paths.table, events); !problem.empty()) {
        progress.warning(problem);
    }
}

void DeploymentJob::tell_switch(const std::vector<std::string>& splits, Color color) const {
    record({{.kind = "switched",
             .split = joined_names(splits),
             .text = std::string(name_of(color)) + " has all traffic"}});
}

void DeploymentJob::notify(const std::vector<Notification>& notifications) {
    std::vector<Event> events;
    for (const Notification& notification : notifications) {
        events.push_back({.kind = name_of(notification.kind),
                          .split = joined_names(splits_),
                          .text = notification.summary});
    }
    record(events);
    for (const Notification& notification : notifications) {
        if (const std::string problem = send(settings, notification); !problem.empty()) {
            progress.warning(problem);
        }
    }
}

void DeploymentJob::tell_metrics() {
    if (const std::string problem = write_metrics_file(settings); !problem.empty()) {
        progress.warning(problem);
    }
}

void DeploymentJob::note_phase_end() {
    if (begun_) {
        phases_.push_back(
            {operation_.phase,
             std::chrono::duration<double>(steady_clock::now() - phase_started_).count()});
    }
}

void DeploymentJob::set_target(Color target, const std::string& snapshot,
                               std::optional<Color> from) {
    operation_.target = target;
    operation_.snapshot = snapshot;
    operation_.from = from;
}

double DeploymentJob::seconds() const {
    return std::chrono::duration<double>(steady_clock::now() - started_).count();
}

void DeploymentJob::finish(const std::string& outcome, const std::string& reason,
                           std::uint64_t generation) {
    if (!begun_) {
        return;
    }
    note_phase_end();
    HistoryEntry entry;
    entry.time_unix_ns = now_unix_ns();
    entry.phases = std::exchange(phases_, {});
    entry.operation = operation_.name;
    entry.outcome = outcome;
    entry.from = operation_.from ? name_of(*operation_.from) : "";
    entry.to = name_of(operation_.target);
    entry.snapshot = operation_.snapshot;
    entry.phase = operation_.phase;
    entry.reason = reason;
    entry.seconds = seconds();
    entry.generation = generation;
    entry.backup = backup_;
    entry.allowed_migrations = allowed_migrations_;
    try {
        const std::string set_aside = records.history.add(entry);
        if (!set_aside.empty()) {
            progress.warning("history.json was damaged; it is kept as " + set_aside);
        }
        records.clear_operation();
    } catch (const Error& error) {
        progress.warning(std::string("not written to the history: ") + error.what());
    }
    begun_ = false;
    tell_metrics();
    notify(notifications_of(entry));
}

std::vector<SplitEndpoints> entry_endpoints(const std::vector<SnapshotEntry>& entries,
                                            const std::vector<Instance>& instances) {
    std::vector<SplitEndpoints> found;
    for (const SnapshotEntry& entry : entries) {
        auto place = std::find_if(found.begin(), found.end(), [&](const SplitEndpoints& known) {
            return known.split == entry.entry.split;
        });
        if (place == found.end()) {
            place = found.insert(found.end(), {entry.entry.split, {}});
        }
        for (const Instance& instance : instances) {
            if (instance.service != entry.service) {
                continue;
            }
            if (instance.address.empty() || instance.state != InstanceState::running) {
                throw Error(ExitCode::deployment_failed,
                            (instance.name.empty() ? instance.service : instance.name) +
                                " has no address that nginx could reach" +
                                (instance.detail.empty() ? "" : ": " + instance.detail),
                            "teal logs " + entry.service + " says why it does not run");
            }
            place->addresses.push_back(instance.address);
        }
    }
    for (const SplitEndpoints& split : found) {
        if (split.addresses.empty()) {
            throw Error(ExitCode::deployment_failed,
                        "nothing runs that could serve split " + split.split,
                        "deploy it: teal upgrade perform");
        }
    }
    return found;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000.0));
}

}  // namespace teal::cli
