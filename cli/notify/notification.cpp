#include "cli/notify/notification.hpp"

#include "cli/snapshot/metadata.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Kind {
    EventKind kind;
    const char* name;
    const char* words;
};

constexpr Kind kKinds[] = {
    {EventKind::deploy_started, "deploy_started", "deployment started"},
    {EventKind::deploy_finished, "deploy_finished", "deployment finished"},
    {EventKind::deploy_failed, "deploy_failed", "deployment failed"},
    {EventKind::rolled_back, "rolled_back", "rolled back"},
    {EventKind::step_reached, "step_reached", "canary at its next step"},
    {EventKind::approval_wanted, "approval_wanted", "canary waits for approval"},
    {EventKind::tripped, "tripped", "canary tripped"},
    {EventKind::promoted, "promoted", "canary promoted"},
    {EventKind::aborted, "aborted", "canary aborted"},
    {EventKind::inconclusive, "inconclusive", "canary inconclusive"},
    {EventKind::test, "test", "test notification"},
};

const Kind& described(EventKind kind) {
    for (const Kind& known : kKinds) {
        if (known.kind == kind) {
            return known;
        }
    }
    throw std::invalid_argument("no such kind of event");
}

}  // namespace

const char* name_of(EventKind kind) {
    return described(kind).name;
}

const std::vector<std::string>& event_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Kind& known : kKinds) {
            if (known.kind != EventKind::test) {
                all.emplace_back(known.name);
            }
        }
        return all;
    }();
    return names;
}

EventKind parse_event_kind(const std::string& name) {
    for (const Kind& known : kKinds) {
        if (name == known.name) {
            return known.kind;
        }
    }
    throw std::invalid_argument("no such event: " + name);
}

std::string headline(const Notification& notification) {
    return notification.project + ": " + described(notification.kind).words;
}

std::string to_json_text(const Notification& notification) {
    Json facts = Json::object();
    for (const auto& [name, value] : notification.facts) {
        if (!value.empty()) {
            facts[name] = value;
        }
    }
    const Json json{{"event", name_of(notification.kind)},
                    {"id", notification.id},
                    {"project", notification.project},
                    {"summary", notification.summary},
                    {"facts", facts},
                    {"command", notification.command},
                    {"time", utc_text(notification.time_unix_ns)},
                    {"time_unix_ns", notification.time_unix_ns},
                    {"user", notification.user},
                    {"host", notification.host}};
    // What a program printed may be no UTF-8.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Notification notification_from(const std::string& text) {
    const Json json = Json::parse(text);
    Notification notification;
    notification.kind = parse_event_kind(json.at("event"));
    notification.id = json.at("id");
    notification.project = json.at("project");
    notification.summary = json.at("summary");
    for (const auto& [name, value] : json.at("facts").items()) {
        notification.facts.emplace_back(name, value.get<std::string>());
    }
    notification.command = json.at("command");
    notification.time_unix_ns = json.at("time_unix_ns");
    notification.user = json.at("user");
    notification.host = json.at("host");
    return notification;
}

}  // namespace teal::cli
