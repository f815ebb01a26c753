#include "cli/deployment/failure_lines.hpp"

#include "cli/error.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

constexpr unsigned kLines = 15;

// A log's last line has an end of its own.
std::string without_end(std::string lines) {
    lines.erase(lines.find_last_not_of(" \r\n") + 1);
    return lines;
}

}  // namespace

void tell_failures(const HealthReport& report, Progress& progress) {
    for (const InstanceHealth& health : report.instances) {
        if (!health.needed || health.healthy()) {
            continue;
        }
        std::string text = label_of(health.instance) + ": " + health.problem;
        if (health.probe && !health.instance.address.empty()) {
            text += " (" + probe_text(*health.probe) + " at " + health.instance.address + ")";
        }
        progress.note(text);
        if (const std::string lines = without_end(health.last_lines); !lines.empty()) {
            progress.note(lines);
        }
    }
}

void tell_last_lines(Stack& stack, Color color, const std::vector<SnapshotEntry>& entries,
                     Progress& progress) {
    try {
        for (const Instance& instance : stack.instances(color)) {
            const bool entry = std::any_of(
                entries.begin(), entries.end(),
                [&](const SnapshotEntry& known) { return known.service == instance.service; });
            if (instance.state == InstanceState::running && instance.healthy && !entry) {
                continue;
            }
            progress.note(instance.name + ": " +
                          (instance.detail.empty() ? "runs" : instance.detail));
            if (const std::string lines = without_end(stack.last_lines(instance, kLines));
                !lines.empty()) {
                progress.note(lines);
            }
        }
    } catch (const Error& error) {
        progress.warning(error.what());
    }
}

}  // namespace teal::cli
