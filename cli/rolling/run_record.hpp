// rolling.json: what a rolling update was asked to do, how far it came, and what it has lent itself
// for the moment. Written before each step begins, so that whoever comes after a killed command
// knows what may be half done. What runs is asked of docker all the same, never believed.
#pragma once

#include "cli/stack/color.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

enum class StepState { waiting, working, done, up_to_date, failed };
const char* name_of(StepState state);  // "not begun", "under way", "done", "up to date", "failed"

struct StepRecord {
    std::string service;
    int phase = 1;
    std::string means;  // name_of(Means)
    StepState state = StepState::waiting;
    std::string problem{};  // of a failed one
    bool restored = false;  // a failed one runs as before
    double seconds = 0;
    double downtime_s = 0;             // in place: from the order to end until healthy again
    double longest_hold_s = 0;         // of a request, where splits were held
    std::uint64_t held = 0;            // requests
    std::uint64_t left_in_flight = 0;  // when the drain timeout was over

    bool operator==(const StepRecord&) const = default;
};

// Endpoints of the other color's variant that were set aside for a smoke test.
struct Borrowed {
    std::string split;
    std::vector<std::string> endpoints;

    bool operator==(const Borrowed&) const = default;
};

enum class RunState { running, stopped, done };

struct RunRecord {
    std::string snapshot;   // of the run
    std::string from;       // what served before the first run of this update
    std::string before;     // what served before this one: differs when it carries on
    std::string back_to{};  // it is a rollback to this snapshot; empty: forward
    Color color = Color::blue;
    RunState state = RunState::running;
    std::string problem{};             // why it stopped
    std::vector<std::string> asked{};  // services; empty: all
    std::uint64_t started_unix_ns = 0;
    std::uint64_t ended_unix_ns = 0;
    std::vector<StepRecord> steps{};
    std::vector<Borrowed> borrowed{};
    std::vector<std::string> held{};  // splits whose requests wait because of the step at work

    bool operator==(const RunRecord&) const = default;

    // The step that may be half done.
    const StepRecord* working() const;
    std::size_t count(StepState wanted) const;
};

std::string to_text(const RunRecord& record);
// Throws Error naming the file for anything but to_text()'s own.
RunRecord parse_run_record(const std::filesystem::path& file, const std::string& text);

class RunRecords {
public:
    explicit RunRecords(const std::filesystem::path& deployment_directory)
        : file_(deployment_directory / "rolling.json") {}

    // Nothing when there is none. Throws Error for a damaged one.
    std::optional<RunRecord> read() const;
    // Not `done`: stopped, under way, or killed.
    std::optional<RunRecord> unfinished() const;
    void write(const RunRecord& record) const;

private:
    std::filesystem::path file_;
};

// "stopped at web: …; 2 done, 1 failed, 1 not begun". `alive`: somebody holds the lock.
std::string summary_of(const RunRecord& record, bool alive);

}  // namespace teal::cli
