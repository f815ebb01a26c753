// All running services of one color, whatever runs them: a compose project or a set of processes.
//
// Nothing here knows of traffic. What starts a color is in a snapshot's directory, not in the
// project's files, so that a former version can be brought back after the files have changed.
// Every member may be called again after a crash in the middle of it, and carries on.
// Members throw Error, with the other program's own words, when something could not be done.
#pragma once

#include "cli/stack/color.hpp"
#include "cli/stack/definition.hpp"
#include "cli/stack/progress.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace teal::cli {

class Replacing;

struct SnapshotFile {
    std::string name;  // "docker-compose.yml"
    std::string text;
    mode_t mode = 0600;
};

// Where the files of one snapshot are.
struct SnapshotRef {
    std::string id;  // "green-20261124-101530"
    std::filesystem::path directory;
};

// What a service of a color was started from.
struct ImageRecord {
    std::string service;
    std::string written;  // the reference in the compose file, or the build context
    std::string id;       // "sha256:…", as docker names the image itself
    std::string digest;   // repository digest, empty for what was built here
    std::string pin;      // the tag that keeps it from being pruned
};

enum class ImageAction { present, build, pull };

// What fetching a service's image would mean.
struct ImagePlan {
    std::string service;
    std::string image;  // the reference, or the build context
    ImageAction action = ImageAction::present;
    std::uint64_t likely_bytes = 0;  // as large as the one that is here under this name; 0: unknown
};

enum class InstanceState { starting, running, exited, missing };

// One container or process.
struct Instance {
    std::string service;
    std::uint32_t number = 1;  // 1 … replicas
    std::string name;          // container name, or "web.1"
    std::string id;            // container id, or pid
    InstanceState state = InstanceState::missing;
    std::string detail;     // "healthy", "unhealthy", "exited with 137", "restarting"
    bool healthy = true;    // false: docker's own health check has not passed (yet)
    std::string address{};  // of an entry: "172.18.0.3:3000"; empty while it has none
    std::int64_t started_unix_s = 0;
    std::filesystem::path log{};  // of a process: the file it writes to
    // How often docker has started it again by itself; 0 of a process, which tells it in `detail`.
    std::uint32_t restarts = 0;
};

enum class Fetch {
    as_needed,  // build what has no image yet, pull what is missing
    build,      // build again
    pull,       // ask the registry again
};
enum class Removal { keep, remove };

struct LogRequest {
    std::vector<std::string> services{};  // empty: all
    bool follow = false;
    unsigned lines = 100;
    bool shared = true;  // also the shared services
};

// Everything that runs, or should.
struct StackInstances {
    std::vector<Instance> blue{};
    std::vector<Instance> green{};
    std::vector<Instance> shared{};
    std::string problem{};  // empty: all could be asked

    const std::vector<Instance>& of(Color color) const {
        return color == Color::blue ? blue : green;
    }
};

class Stack {
public:
    virtual ~Stack() = default;

    // Reads the project's files at the first call. Throws Error (wrong input) for what is wrong.
    virtual const StackDefinition& definition() = 0;
    virtual std::string project() = 0;

    // What a snapshot keeps of the project as it is now: .env and everything bring_up needs.
    virtual std::vector<SnapshotFile> snapshot_files(Color color, const std::string& id) = 0;
    // The files of another snapshot, changed so that they start the same versions as this color.
    virtual std::vector<SnapshotFile> recolored_files(const SnapshotRef& from, Color color,
                                                      const std::string& id) = 0;
    // What fetch_images would do for each color service with Fetch::as_needed.
    virtual std::vector<ImagePlan> image_plan() { return {}; }
    // Builds and pulls what the snapshot will be started from, and pins it.
    virtual std::vector<ImageRecord> fetch_images(Color color, const SnapshotRef& snapshot,
                                                  Fetch fetch, Progress& progress) = 0;
    // Throws Error when an image of the records is no longer here and cannot be had by its digest.
    virtual void verify_images(const std::vector<ImageRecord>& images, Progress& progress) = 0;
    // Lets go of what fetch_images pinned for this snapshot, but for the pins that others still
    // need. Never fails for what is gone already.
    virtual void unpin_images(const std::string& snapshot_id,
                              const std::set<std::string>& needed) = 0;

    // Starts shared services that do not run; those that run are left as they are.
    virtual void start_shared(const SnapshotRef& snapshot, std::chrono::seconds patience,
                              Progress& progress) = 0;
    // Shared services that run but no longer match the project's files; perform leaves them as they
    // are.
    virtual std::vector<std::string> changed_shared() { return {}; }
    // Brings the color to what the snapshot says: starts what is missing, replaces what differs,
    // removes what is no longer part. Returns when all is started, not when it is healthy.
    virtual void bring_up(Color color, const SnapshotRef& snapshot, Progress& progress) = 0;

    // Makes the shared services known to the colors again after one of them was replaced; cheap when
    // nothing is to be done. What fails for the color that does not serve is a warning.
    virtual void reconnect_shared(Color /*serving*/, Progress&) {}

    // All instances, wanted and found, of a color (in the order of services and numbers).
    virtual std::vector<Instance> instances(Color color) = 0;
    virtual std::vector<Instance> shared_instances() = 0;
    // All of these, from one look where that is cheaper than three. Does not throw for what cannot
    // be asked: the rest is there then, and `problem` says what is missing.
    virtual StackInstances all_instances();

    // Asks to end, waits `grace`, then kills. Removal::keep leaves containers and logs in place.
    virtual void stop(Color color, std::chrono::seconds grace, Removal removal,
                      Progress& progress) = 0;
    // The same for the shared services. Data outlives it: volumes stay.
    virtual void stop_shared(std::chrono::seconds grace, Removal removal, Progress& progress) = 0;

    // Replacing single services of a color: see replacing.hpp. Throws Error (wrong input) where
    // that is not possible.
    virtual std::unique_ptr<Replacing> replacing(Color color, const SnapshotRef& before,
                                                 const SnapshotRef& run,
                                                 const std::vector<SnapshotFile>& target);

    virtual std::string last_lines(const Instance& instance, unsigned lines) = 0;
    // Prints logs of a color to our standard output until it is interrupted or they end.
    virtual int show_logs(Color color, const LogRequest& request) = 0;
};

}  // namespace teal::cli
