// All processes of one group of a project: blue's, green's, or the shared ones.
#pragma once

#include "cli/stack/procfile/dotenv.hpp"
#include "cli/stack/procfile/found_process.hpp"
#include "cli/stack/procfile/stack_paths.hpp"
#include "cli/stack/procfile/stack_plan.hpp"
#include "cli/stack/progress.hpp"
#include "cli/stack/stack.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// The port of each process's first instance, by its name: what others are told as TEAL_PORT_NAME.
using PortsByName = std::map<std::string, std::uint16_t>;

class ProcessCrew {
public:
    ProcessCrew(std::filesystem::path directory, StackPaths paths, std::string group,
                std::filesystem::path program)
        : directory_(std::move(directory)),
          paths_(std::move(paths)),
          group_(std::move(group)),
          program_(std::move(program)) {}

    struct Wanted {
        StackPlan plan;
        Environment environment;    // of .env
        PortsByName others;         // of the shared processes
        bool keep_running = false;  // whatever snapshot a running one is of
        std::chrono::milliseconds grace{};

        const std::string& snapshot_of(const PlannedProcess& process) const {
            return process.snapshot.empty() ? plan.snapshot : process.snapshot;
        }
    };
    // Stops what is not wanted or of another snapshot, adopts what has lost its supervisor, starts
    // what is missing. Throws Error naming what could not be started; the others run then.
    void bring_up(const Wanted& wanted, Progress& progress);

    // Starts these instances of one process; whatever else runs stays. Throws Error.
    void start_more(const Wanted& wanted, const PlannedProcess& process, Progress& progress);
    // Ends one, and forgets it.
    void end(const FoundProcess& process, std::chrono::milliseconds grace, Progress& progress);
    // Asks these to end, waits, kills.
    void stop_all(const std::vector<FoundProcess>& processes, std::chrono::milliseconds grace,
                  Progress& progress);
    // What is wanted from now on; nothing is started or stopped.
    void want(const StackPlan& plan) const;

    // Asks all to end, waits, kills.
    void stop(std::chrono::milliseconds grace, Progress& progress);
    void remove_traces();

    std::vector<FoundProcess> found() const { return find_processes(paths_, group_); }
    // The plan that was last brought up; nothing when there is none, or it is damaged.
    std::optional<StackPlan> wanted() const;
    PortsByName ports() const;
    const std::string& group() const { return group_; }
    bool is_shared() const { return group_ == kSharedGroup; }

private:
    struct Step;
    std::vector<Step> steps_for(const Wanted& wanted, const std::vector<FoundProcess>& found) const;
    // The first process whose place somebody else holds, with nothing started then; empty: done.
    std::string try_to_bring_up(const Wanted& wanted, Progress& progress);
    std::string start(const Wanted& wanted, std::vector<Step> steps, Progress& progress);

    std::filesystem::path directory_;
    StackPaths paths_;
    std::string group_;
    std::filesystem::path program_;
};

}  // namespace teal::cli
