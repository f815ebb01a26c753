#include "cli/ramp/ramp_event.hpp"

#include "cli/traffic/percent.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

std::string sentence(const Ramp& ramp, const RampLogEntry& entry) {
    const RampSplit& first = ramp.splits.front();
    switch (entry.kind) {
        case RampEventKind::started:
            return fmt::format("{} of {} is a canary beside {}", first.canary, split_names(ramp),
                               first.baseline);
        case RampEventKind::step_reached:
            return fmt::format("{} has {}", first.canary, entry.text);
        case RampEventKind::approval_wanted:
            return fmt::format("{} of {} waits for an approval of {}", first.canary,
                               split_names(ramp), entry.text);
        case RampEventKind::approved:
            return entry.text + " is approved";
        case RampEventKind::paused:
            return "paused at " + entry.text;
        case RampEventKind::resumed:
            return "goes on at " + entry.text;
        case RampEventKind::weight_set:
            return fmt::format("set to {}, paused", entry.text);
        default:
            return fmt::format("{}: {}", kind_text(entry.kind), entry.text);
    }
}

std::string command_for(const Ramp& ramp, RampEventKind kind) {
    const std::string split = " --split " + ramp.name();
    switch (kind) {
        case RampEventKind::approval_wanted:
            return "teal canary approve" + split;
        case RampEventKind::tripped:
        case RampEventKind::inconclusive:
            return "teal canary status" + split;
        default:
            return "";
    }
}

}  // namespace

RampEvent event_of(const Ramp& ramp, const RampLogEntry& entry) {
    RampEvent event;
    event.kind = entry.kind;
    event.splits = split_names(ramp);
    event.canary = ramp.splits.front().canary;
    event.baseline = ramp.splits.front().baseline;
    event.weight_ppm = ramp.weight_ppm;
    event.text = sentence(ramp, entry);
    event.by = entry.by;
    event.reason = entry.reason;
    event.command = command_for(ramp, entry.kind);
    event.time_unix_ns = entry.time_unix_ns;
    return event;
}

}  // namespace teal::cli
