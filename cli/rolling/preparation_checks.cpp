// What a rolling update may begin with. What it begins with: preparation.cpp.
#include "cli/rolling/preparation.hpp"

#include "cli/deployment/migration_check.hpp"
#include "cli/deployment/pin.hpp"
#include "cli/deployment/ramp_records.hpp"
#include "cli/deployment/reconcile.hpp"
#include "cli/deployment/standby.hpp"
#include "cli/diagnosis/preflight.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/rolling/settle.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

constexpr char kPerformInstead[] = "teal upgrade perform deploys the whole beside it";

// A step waits for its own service, critical to the stack's health or not.
StackDefinition all_needed(StackDefinition definition) {
    for (Service& service : definition.services) {
        service.critical = true;
    }
    return definition;
}

}  // namespace

StackDefinition definition_for(const SnapshotMetadata& snapshot, const StackDefinition& project) {
    StackDefinition definition = project;
    for (Service& service : definition.services) {
        if (!service.shared) {
            service.entry.reset();
        }
    }
    for (const SnapshotEntry& entry : snapshot.entries) {
        const auto known =
            std::find_if(definition.services.begin(), definition.services.end(),
                         [&](const Service& one) { return one.name == entry.service; });
        Service& service =
            known != definition.services.end() ? *known : definition.services.emplace_back();
        service.name = entry.service;
        service.entry = entry.entry;
        service.replicas = entry.replicas;
    }
    return definition;
}

void RunPreparation::check() {
    const std::vector<std::string> splits = job_.recorded();
    const ServingState serving = splits.empty() ? ServingState{} : job_.serving(splits);
    if (!serving.active) {
        throw nothing_there("nothing serves yet that could be updated",
                            "deploy it first: teal upgrade perform");
    }
    refuse_while_ramping(job_.settings, splits);
    std::optional<Color> active;
    (void)standby_color(job_.table(), splits, active);  // refuses what is not whole
    color_ = *active;
    unfinished_ = unfinished_run(job_.records, color_);
    if (unfinished_) {
        settle_run(job_, *unfinished_);
    }
    const std::optional<SnapshotMetadata> there = job_.deployed(color_);
    if (!there) {
        throw nothing_there(std::string(name_of(color_)) + " has no snapshot to compare with",
                            kPerformInstead);
    }
    before_ = *there;
    from_ = unfinished_ && unfinished_->back_to == back_to_ ? unfinished_->from : before_.id;
    started_unix_ns_ = now_unix_ns();
    check_project();
    for (const Drift& drift : reconcile(job_)) {
        job_.progress.note("endpoints republished: " + drift_text(drift));
    }
}

void RunPreparation::check_project() {
    const StackDefinition& project = job_.stack.definition();
    if (back_to_.empty()) {
        definition_ = project;
    } else {
        const SnapshotMetadata wanted = job_.records.snapshots.load(back_to_);
        job_.records.snapshots.verify(wanted);
        definition_ = definition_for(wanted, project);
    }
    demand_services(definition_, options_.services);
    target_entries_ = snapshot_entries(definition_);
    demand_same_splits();
    const Findings findings = preflight(job_.settings, job_.stack);
    for (const Finding& finding : findings.list()) {
        if (finding.severity == Severity::problem) {
            throw failure(finding.subject + ": " + finding.text, finding.remedy);
        }
        if (finding.severity == Severity::warning) {
            job_.progress.warning(finding.subject + ": " + finding.text);
        }
    }
    for (const SnapshotEntry& entry : target_entries_) {
        (void)pin_of(job_.nginx, entry.entry.split);
    }
    if (back_to_.empty()) {
        check_migrations();
    }
    target_health_ = all_needed(definition_);
    before_health_ = all_needed(definition_for(before_, definition_));
}

// Its instances would be looked for in another split than they serve.
void RunPreparation::demand_same_splits() const {
    for (const SnapshotEntry& before : before_.entries) {
        const Service* now = definition_.find(before.service);
        if (now == nullptr) {
            continue;
        }
        if (!now->entry || now->entry->split != before.entry.split) {
            throw failure(fmt::format("{} was an entry of split {} and is {}", before.service,
                                      before.entry.split,
                                      now->entry ? "one of " + now->entry->split : "none now"),
                          kPerformInstead);
        }
    }
}

void RunPreparation::check_migrations() {
    const MigrationCheck check = check_new_migrations(definition_.migrations, before_.migrations,
                                                      lint_options(job_.settings));
    if (check.safe()) {
        return;
    }
    if (options_.allow_migrations.empty()) {
        throw failure(check.problem(name_of(color_)), check.remedy());
    }
    job_.allow_migrations(options_.allow_migrations);
    job_.progress.warning(check.problem(name_of(color_)) +
                          "; allowed: " + options_.allow_migrations);
}

}  // namespace teal::cli
