// One command's work on a project's deployments: it holds the lock, has settled what a killed
// command left, writes down which phase it is in, and knows the table and the running nginx.
#pragma once

#include "cli/deployment/records.hpp"
#include "cli/events/event_log.hpp"
#include "cli/notify/notification.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/stack.hpp"
#include "cli/traffic/color_change.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

class DeploymentJob {
public:
    // `name`: "perform", "switch" … Throws Error when another command holds the lock, the table
    // cannot be read or no nginx runs; nothing has been changed then.
    DeploymentJob(const Settings& settings, Stack& stack, Progress& progress, std::string name);

    const Settings& settings;
    Stack& stack;
    Progress& progress;
    const Records records;
    NginxView nginx;

    // What the table says now.
    table::TableImage table() const;
    // Colors by the splits of `metadata`'s or of the recorded deployments.
    ServingState serving(const std::vector<std::string>& splits) const;
    // The splits that deployments of this project are about, as far as they are recorded.
    std::vector<std::string> recorded() const;
    std::optional<SnapshotMetadata> deployed(Color color) const;
    ChangeTerms terms() const;

    // Written to operation.json before the phase begins; the first call makes the file, and tells
    // those who are to be notified.
    void begin(const std::string& phase);
    void set_target(Color target, const std::string& snapshot, std::optional<Color> from);
    // For the history: why unsafe migrations were let pass.
    void allow_migrations(const std::string& reason) { allowed_migrations_ = reason; }
    void set_backup(const std::string& id) { backup_ = id; }  // for the history
    const std::string& phase() const { return operation_.phase; }
    double seconds() const;

    // The command's end: its line in the history, operation.json goes, and whoever is to be
    // notified is. Never throws for their sake: warns, because what was done stands.
    void finish(const std::string& outcome, const std::string& reason, std::uint64_t generation);
    // For the dashboard, at the moment: all traffic of the splits goes to the color now.
    void tell_switch(const std::vector<std::string>& splits, Color color) const;

private:
    void notify(const std::vector<Notification>& notifications);
    void record(const std::vector<Event>& events) const;

    table::WriterLock lock_;
    void note_phase_end();
    void tell_metrics();

    Operation operation_;
    std::vector<std::string> splits_{};  // as recorded when it began; empty: all
    std::vector<PhaseTime> phases_;
    std::chrono::steady_clock::time_point phase_started_;
    std::chrono::steady_clock::time_point started_;
    bool begun_ = false;
    std::string allowed_migrations_{};
    std::string backup_{};
};

// The addresses of the entries' instances by split, in the order of the entries. Throws Error
// (deployment failed) naming an instance that has none.
std::vector<SplitEndpoints> entry_endpoints(const std::vector<SnapshotEntry>& entries,
                                            const std::vector<Instance>& instances);

std::chrono::milliseconds milliseconds_of(double seconds);

}  // namespace teal::cli
