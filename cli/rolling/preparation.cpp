// The snapshot, the images, and the record. What a run may begin with: preparation_checks.cpp.
#include "cli/rolling/preparation.hpp"

#include "cli/deployment/migration_check.hpp"
#include "cli/deployment/standby.hpp"
#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/rolling/settle.hpp"
#include "teal_version.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

std::string repinned(const std::string& pin, const std::string& id) {
    return pin.substr(0, pin.rfind(':')) + ":" + id;
}

}  // namespace

RunPreparation::RunPreparation(DeploymentJob& job, const RollingOptions& options,
                               std::string back_to)
    : job_(job), options_(options), back_to_(std::move(back_to)) {}

void RunPreparation::read_target() {
    metadata_.created_unix_ns = now_unix_ns();
    metadata_.id = job_.records.snapshots.new_id(color_, metadata_.created_unix_ns);
    metadata_.color = color_;
    metadata_.project = definition_.project;
    metadata_.host = host_name();
    metadata_.user = user_name();
    metadata_.teal_version = kVersion;
    metadata_.rolled_from = from_;
    metadata_.git = git_state(job_.settings.directory);
    metadata_.migrations = migration_names(definition_.migrations);
    if (back_to_.empty()) {
        files_ = job_.stack.snapshot_files(color_, metadata_.id);
        return;
    }
    const SnapshotMetadata wanted = job_.records.snapshots.load(back_to_);
    metadata_.git = wanted.git;
    metadata_.migrations = wanted.migrations;
    job_.stack.verify_images(wanted.images, job_.progress);
    files_ = job_.stack.recolored_files(job_.records.snapshots.ref(back_to_), color_, metadata_.id);
}

void RunPreparation::make_run() {
    job_.set_target(color_, before_.id, color_);
    job_.begin("snapshot");
    read_target();
    job_.set_target(color_, metadata_.id, color_);
    job_.records.snapshots.create(metadata_, files_);
    job_.progress.note("snapshot " + metadata_.id);
    const SnapshotRef run = job_.records.snapshots.ref(metadata_.id);
    replacing_ = job_.stack.replacing(color_, job_.records.snapshots.ref(before_.id), run, files_);
    job_.begin("images");
    fetch_images();
    order_ = order_services(definition_, replacing_->compare(), options_.services, options_.force);
}

void RunPreparation::fetch_images() {
    const SnapshotRef run = job_.records.snapshots.ref(metadata_.id);
    std::vector<ImageRecord> images;
    if (back_to_.empty()) {
        images = job_.stack.fetch_images(color_, run, options_.fetch, job_.progress);
    } else {
        images = job_.records.snapshots.load(back_to_).images;
        for (ImageRecord& image : images) {
            image.pin = repinned(image.pin, metadata_.id);
        }
    }
    std::vector<std::string> shared;
    for (const Service* service : definition_.shared_services()) {
        if (options_.services.empty() ||
            std::find(options_.services.begin(), options_.services.end(), service->name) !=
                options_.services.end()) {
            shared.push_back(service->name);
        }
    }
    for (ImageRecord& image :
         replacing_->fetch_shared(shared, options_.fetch, back_to_, job_.progress)) {
        std::erase_if(images,
                      [&](const ImageRecord& known) { return known.service == image.service; });
        images.push_back(std::move(image));
    }
    metadata_.images = std::move(images);
}

void RunPreparation::drop_run() {
    try {
        if (!metadata_.id.empty() &&
            std::filesystem::exists(job_.records.snapshots.ref(metadata_.id).directory)) {
            job_.stack.unpin_images(metadata_.id, {});
            job_.records.snapshots.remove(metadata_.id);
        }
    } catch (const Error& error) {
        job_.progress.warning(std::string("not removed: ") + error.what());
    }
}

std::vector<ImageRecord> RunPreparation::images_of(const RunRecord& record, bool both) const {
    std::vector<ImageRecord> images = before_.images;
    for (const ImageRecord& image : metadata_.images) {
        const auto same = [&](const auto& one) { return one.service == image.service; };
        const auto step = std::find_if(record.steps.begin(), record.steps.end(), same);
        const bool done = step != record.steps.end() && step->state == StepState::done;
        if (done) {
            std::erase_if(images, same);
        }
        if (done || both || std::none_of(images.begin(), images.end(), same)) {
            images.push_back(image);
        }
    }
    return images;
}

RollingRun& RunPreparation::begin_run() {
    run_.reset(new RollingRun{job_,
                              options_,
                              *replacing_,
                              target_health_,
                              before_health_,
                              metadata_,
                              RunRecords(job_.records.directory()),
                              {}});
    RunRecord& record = run_->record;
    record.snapshot = metadata_.id;
    record.from = from_;
    record.before = before_.id;
    record.back_to = back_to_;
    record.color = color_;
    record.asked = options_.services;
    record.started_unix_ns = started_unix_ns_;
    for (const PlannedStep& step : order_.steps) {
        const bool nothing = step.means == Means::up_to_date;
        record.steps.push_back({step.service, step.phase, name_of(step.means),
                                nothing ? StepState::up_to_date : StepState::waiting});
    }
    // The entries of both: whose endpoints are looked after until the run's end.
    run_->metadata.entries = target_entries_;
    for (const SnapshotEntry& entry : before_.entries) {
        if (definition_.find(entry.service) == nullptr) {
            run_->metadata.entries.push_back(entry);
        }
    }
    for (const SnapshotFile& file : replacing_->files({})) {
        job_.records.snapshots.put(run_->metadata, file);
    }
    run_->metadata.images = images_of(record, true);
    run_->metadata.deployed_unix_ns = now_unix_ns();
    run_->metadata.served_unix_ns = run_->metadata.deployed_unix_ns;
    job_.records.snapshots.update(run_->metadata);
    run_->save();
    if (unfinished_ && unfinished_->snapshot == before_.id && from_ != before_.id) {
        SnapshotMetadata stopped_at = before_;
        stopped_at.served_unix_ns = 0;  // a part of two versions is nothing to roll back to
        job_.records.snapshots.update(stopped_at);
    }
    return *run_;
}

}  // namespace teal::cli
