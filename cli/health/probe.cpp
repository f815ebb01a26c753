// Calling teal-probe. The words of a probe: parse_probe.cpp.
#include "cli/health/probe.hpp"

#include "cli/error.hpp"
#include "cli/health/probe_program.hpp"
#include "cli/health/probe_wire.hpp"
#include "cli/process/command.hpp"

#include <algorithm>
#include <exception>

namespace teal::cli {
namespace {

// Beyond the longest target's own time: starting, and saying what came out.
constexpr auto kProbePatience = std::chrono::seconds(5);

std::chrono::milliseconds deadline_of(const std::vector<ProbeTarget>& targets) {
    double longest_s = 0.0;
    for (const ProbeTarget& target : targets) {
        longest_s = std::max(longest_s, target.timeout_s);
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(longest_s * 1000.0)) +
           kProbePatience;
}

}  // namespace

std::vector<ProbeAnswer> probe_all(const std::vector<ProbeTarget>& targets) {
    if (targets.empty()) {
        return {};
    }
    const std::string program = probe_program().string();
    Command command{.argv = {program}};
    command.input = targets_to_text(targets);
    command.deadline = deadline_of(targets);
    const CommandResult result = run_command(command);
    if (!result.ok()) {
        const std::string why = result.timed_out ? "did not end in time" : result.said();
        throw failure(
            program + ": " + (why.empty() ? "ended with " + std::to_string(result.exit_code) : why),
            kProbeProgramRemedy);
    }
    std::vector<ProbeAnswer> answers;
    try {
        answers = answers_from_text(result.out);
    } catch (const std::exception& error) {
        throw failure(program + ": unreadable answer: " + error.what(), kProbeProgramRemedy);
    }
    if (answers.size() != targets.size()) {
        throw failure(program + ": " + std::to_string(answers.size()) + " answers to " +
                          std::to_string(targets.size()) + " targets",
                      kProbeProgramRemedy);
    }
    return answers;
}

}  // namespace teal::cli
