// Giving a color the traffic, once it is there: tested through nginx, switched in one publication,
// proven, and written down. Shared by perform, switch and rollback.
#pragma once

#include "cli/deployment/job.hpp"
#include "cli/deployment/smoke.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace teal::cli {

// What is to serve.
struct Target {
    Color color = Color::blue;
    std::string snapshot;
    std::vector<SnapshotEntry> entries;

    std::vector<std::string> splits() const;
};

// Publishes the endpoints of the color's running instances, closed to everybody but pinned
// requests. Throws Error.
std::vector<SplitEndpoints> announce_instances(DeploymentJob& job, const Target& target);

// Smoke test through nginx with so much patience. Throws Error (deployment failed).
std::vector<SmokeAnswer> smoke_test(DeploymentJob& job, const Target& target,
                                    std::chrono::milliseconds patience);

// What a switch does to requests that a hold keeps waiting.
enum class Waiting { keep, release };

// The switch with its proof; records it. `endpoints`: empty lists keep what the table has.
Change switch_and_record(DeploymentJob& job, const Target& target,
                         const std::vector<SplitEndpoints>& endpoints,
                         Waiting waiting = Waiting::keep);

// `teal upgrade switch COLOR`.
struct SwitchOutcome {
    Color color = Color::blue;
    std::optional<Color> from;
    std::string snapshot;
    bool was_serving = false;  // nothing had to be done
    Change change;
    std::vector<SmokeAnswer> smoke;
};
SwitchOutcome switch_to(DeploymentJob& job, Color color, std::chrono::milliseconds patience);

}  // namespace teal::cli
