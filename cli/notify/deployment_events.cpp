#include "cli/notify/deployment_events.hpp"

#include "cli/ramp/ramp.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

Notification about(EventKind kind, const HistoryEntry& entry, std::string summary) {
    Notification notification;
    notification.kind = kind;
    notification.summary = std::move(summary);
    notification.facts = {{"operation", entry.operation},
                          {"from", entry.from},
                          {"to", entry.to},
                          {"snapshot", entry.snapshot},
                          {"phase", kind == EventKind::deploy_failed ? entry.phase : ""},
                          {"seconds", fmt::format("{:.1f}", entry.seconds)}};
    if (entry.generation > 0) {
        notification.facts.emplace_back("generation", std::to_string(entry.generation));
    }
    return notification;
}

std::string was(const HistoryEntry& entry) {
    return entry.from.empty() || entry.from == entry.to ? "" : " (was " + entry.from + ")";
}

// `perform --canary` whose ramp did not end with all of the traffic.
bool was_left_at_canary(const HistoryEntry& entry) {
    return entry.outcome == phase_text(RampPhase::tripped) ||
           entry.outcome == phase_text(RampPhase::aborted) ||
           entry.outcome == phase_text(RampPhase::inconclusive);
}

}  // namespace

std::vector<Notification> notifications_of_begin(const std::string& operation,
                                                 const std::string& target,
                                                 const std::string& from) {
    if (operation != "perform" && operation != "rolling") {
        return {};
    }
    Notification started;
    started.kind = EventKind::deploy_started;
    started.summary = operation == "rolling"
                          ? target + " is updated service by service"
                          : target + " is being deployed" +
                                (from.empty() ? std::string() : "; " + from + " serves meanwhile");
    started.facts = {{"operation", operation}, {"from", from}, {"to", target}};
    return {started};
}

std::vector<Notification> notifications_of(const HistoryEntry& entry) {
    const bool rolls = entry.operation == "rolling";
    const bool deploys = entry.operation == "perform" || entry.operation == "switch" || rolls;
    const bool returns = entry.operation == "rollback";
    if (!deploys && !returns) {
        return {};
    }
    if (entry.outcome == "failed" || entry.outcome == "interrupted") {
        Notification failed =
            about(EventKind::deploy_failed, entry,
                  fmt::format("{} {} in phase {}: {}", entry.operation,
                              entry.outcome == "failed" ? "failed" : "was interrupted", entry.phase,
                              entry.reason));
        failed.command = entry.to.empty() ? "" : "teal logs --color " + entry.to;
        return {failed};
    }
    if (entry.outcome == "switched back") {
        Notification failed =
            about(EventKind::deploy_failed, entry,
                  fmt::format("{} failed under traffic: {}", entry.to, entry.reason));
        failed.command = "teal logs --color " + entry.to;
        return {about(EventKind::rolled_back, entry, fmt::format("{} serves again", entry.from)),
                failed};
    }
    if (was_left_at_canary(entry)) {
        Notification failed =
            about(EventKind::deploy_failed, entry,
                  fmt::format("the canary {} was {}; {} serves", entry.to, entry.outcome,
                              entry.from.empty() ? "nothing" : entry.from));
        failed.facts.emplace_back("note", entry.reason);
        failed.command = "teal logs --color " + entry.to;
        return {failed};
    }
    if (entry.outcome == "deployed") {
        Notification deployed =
            about(EventKind::deploy_finished, entry,
                  fmt::format("{} is deployed; traffic stays {}", entry.to,
                              entry.from.empty() ? "where it is" : "on " + entry.from));
        deployed.command = "teal upgrade switch " + entry.to;
        return {deployed};
    }
    if (returns) {
        return {about(EventKind::rolled_back, entry, entry.to + " serves again" + was(entry))};
    }
    Notification finished =
        about(EventKind::deploy_finished, entry,
              entry.outcome == "unchanged" ? entry.to + " is up to date: nothing was changed"
              : rolls                      ? entry.to + " was updated service by service"
                                           : entry.to + " serves" + was(entry));
    if (!entry.reason.empty()) {
        finished.facts.emplace_back("note", entry.reason);
    }
    return {finished};
}

}  // namespace teal::cli
