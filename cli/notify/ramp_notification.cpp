#include "cli/notify/ramp_notification.hpp"

#include "cli/notify/send.hpp"
#include "cli/traffic/percent.hpp"

namespace teal::cli {
namespace {

std::optional<EventKind> kind_of(RampEventKind kind) {
    switch (kind) {
        case RampEventKind::step_reached:
            return EventKind::step_reached;
        case RampEventKind::approval_wanted:
            return EventKind::approval_wanted;
        case RampEventKind::promoted:
            return EventKind::promoted;
        case RampEventKind::tripped:
            return EventKind::tripped;
        case RampEventKind::aborted:
            return EventKind::aborted;
        case RampEventKind::inconclusive:
            return EventKind::inconclusive;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<Notification> notification_of(const RampEvent& event) {
    const std::optional<EventKind> kind = kind_of(event.kind);
    if (!kind) {
        return std::nullopt;
    }
    Notification notification;
    notification.kind = *kind;
    notification.summary = event.text;
    notification.facts = {{"split", event.splits},
                          {"canary", event.canary},
                          {"baseline", event.baseline},
                          {"weight", percent_text(event.weight_ppm)},
                          {"by", event.by},
                          {"reason", event.reason}};
    notification.command = event.command;
    return notification;
}

std::string notify_of(const Settings& settings, const RampEvent& event) {
    const std::optional<Notification> notification = notification_of(event);
    return notification ? send(settings, *notification) : "";
}

}  // namespace teal::cli
