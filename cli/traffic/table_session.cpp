#include "cli/traffic/table_session.hpp"

#include "cli/error.hpp"
#include "cli/output/quantities.hpp"
#include "cli/traffic/hold.hpp"
#include "shared/table/reader.hpp"

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace teal::cli {
namespace {

// A worker can be ahead of a table that was made anew or came back from an older copy, by what was
// lost with the old one; a number beyond that is not a worker's truth and must not become ours.
constexpr std::uint64_t kMostLostPublications = std::uint64_t{1} << 32;

using table::Health;
using table::TableImage;

constexpr auto kQuietWait = std::chrono::milliseconds(1000);

bool exists(const std::string& path) {
    return access(path.c_str(), F_OK) == 0;
}

TableImage read_file(const std::string& path) {
    table::Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    Health health = reader.open(path.c_str(), &error, &version);
    TableImage image;
    if (health == Health::ok) {
        health = table::read_image(reader, image);
    }
    if (health != Health::ok && health != Health::unpublished) {
        throw_unreadable(path, health, error, version);
    }
    return image;
}

}  // namespace

void throw_unreadable(const std::string& path, Health health, int error, std::uint32_t version) {
    switch (health) {
        case Health::missing:
            if (error == ENOENT || error == ENOTDIR) {
                throw nothing_there("there is no table at " + path,
                                    "make it with: teal init, or name another with --table");
            }
            throw failure(path + ": " + std::strerror(error),
                          "run as a user who may read it, or name another with --table");
        case Health::unsupported:
            throw failure(path + " has layout version " + std::to_string(version) +
                              ", this teal reads " + std::to_string(table::kLayoutVersion),
                          "use the version of teal that made it");
        case Health::unsafe:
            throw failure(path + " is writable by others than its owner",
                          "look who has changed it, then: chmod 644 " + path);
        case Health::moved:
            throw failure(path + " is being republished without end",
                          "look who publishes: teal doctor");
        default:
            throw failure(path + " is " + table::health_text(health),
                          "teal doctor says more; a table is made anew with: teal init, after " +
                              path + " was moved away");
    }
}

table::Restored restore_if_missing(const TablePaths& paths) {
    if (!exists(paths.table) && exists(paths.saved)) {
        std::error_code ignored;  // the restoring reports a directory that could not be made
        std::filesystem::create_directories(std::filesystem::path(paths.table).parent_path(),
                                            ignored);
    }
    int error = 0;
    const table::Restored restored =
        table::restore_table(paths.table.c_str(), paths.saved.c_str(), &error);
    if (restored == table::Restored::bad_copy) {
        throw failure("the saved copy " + paths.saved +
                          " cannot be used: damaged, or of another "
                          "version",
                      "move it away and make the table anew with: teal init");
    }
    if (restored == table::Restored::failed) {
        throw failure(paths.table + " could not be restored from " + paths.saved + ": " +
                          std::strerror(error),
                      "run as a user who may write there");
    }
    return restored;
}

TableImage read_table(const TablePaths& paths, Missing missing) {
    if (missing == Missing::restore) {
        restore_if_missing(paths);
    } else if (!exists(paths.table) && exists(paths.saved)) {
        return read_file(paths.saved);
    }
    return read_file(paths.table);
}

table::WriterLock lock_table(const TablePaths& paths, const std::string& holder,
                             std::chrono::milliseconds patience) {
    table::WriterLock lock;
    std::string reason = lock.acquire(paths.lock, std::min(kQuietWait, patience), holder);
    if (!reason.empty() && patience > kQuietWait &&
        reason.find(": held by ") != std::string::npos) {
        std::fprintf(stderr, "teal: waiting for %s\n", reason.c_str());
        reason = lock.acquire(paths.lock, patience - kQuietWait, holder);
    }
    if (!reason.empty()) {
        throw failure("the table cannot be changed now: " + reason,
                      "wait for it to end, or run as a user who may write " + paths.lock);
    }
    return lock;
}

TableSession::TableSession(TablePaths paths, const std::string& holder,
                           std::chrono::milliseconds patience)
    : paths_(std::move(paths)) {
    restore_if_missing(paths_);
    if (!exists(paths_.table)) {
        throw_unreadable(paths_.table, Health::missing, ENOENT, 0);
    }
    lock_.emplace(lock_table(paths_, holder, patience));
    image_ = read_file(paths_.table);
}

table::Publication publish_next(const TablePaths& paths, TableImage& image) {
    std::uint64_t reported = 0;
    for (const Worker& worker : NginxView(paths.counters).live_workers()) {
        if (worker.generation - image.generation < kMostLostPublications) {
            reported = std::max(reported, worker.generation);
        }
    }
    forget_old_holds(image, now_unix_ns());
    return table::publish(paths.table, paths.saved, image, reported + 1);
}

table::Publication TableSession::publish() {
    try {
        const table::Publication publication = publish_next(paths_, image_);
        lock_.reset();
        return publication;
    } catch (const table::PublishError& error) {
        throw failure(std::string("not published: ") + error.what(),
                      "nothing was changed; free space or permissions are the usual reasons: "
                      "teal doctor");
    }
}

std::vector<CarriedTrip> carry_trips(TableImage& image, const NginxView& nginx,
                                     const std::vector<std::string>& touched) {
    std::vector<CarriedTrip> carried;
    for (table::SplitImage& split : image.splits) {
        if (std::find(touched.begin(), touched.end(), split.name) != touched.end() ||
            !nginx.has_tripped(split, image.generation)) {
            continue;
        }
        // As the workers do it: the baseline, or nginx.conf's default.
        const counters::SplitEntry& entry = nginx.file().split(*nginx.find_split(split.name));
        table::VariantImage* taker = split.guard.baseline < split.variants.size()
                                         ? &split.variants[split.guard.baseline]
                                         : split.find(nginx.variant_name(entry.default_variant));
        table::VariantImage& canary = split.variants[split.guard.canary];
        if (taker == nullptr || taker == &canary) {
            continue;
        }
        taker->state = table::VariantState::open;
        taker->weight_ppm += canary.weight_ppm;
        canary.weight_ppm = 0;
        canary.state = table::VariantState::closed;  // as when tripped: pins only
        // Left armed the guard would watch, and could trip for, a canary that has no traffic.
        split.guard.armed = 0;
        split.apply_weights();
        carried.push_back({split.name, canary.name, taker->name});
    }
    return carried;
}

}  // namespace teal::cli
