// What is told to people and programs elsewhere about a deployment or a canary: what happened, in
// one sentence, with the facts beside it. Whoever has something to tell fills one in and gives it
// to send(); which targets get it, in which form, and when, is nobody's business but cli/notify's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

enum class EventKind {
    deploy_started,
    deploy_finished,
    deploy_failed,
    rolled_back,
    step_reached,
    approval_wanted,
    tripped,
    promoted,
    aborted,
    inconclusive,
    test,  // `teal notify test`: goes to every target, whatever it has subscribed to
};

// "deploy_started": as settings, JSON and hooks have it.
const char* name_of(EventKind kind);
// Those that a target can subscribe to: all but `test`.
const std::vector<std::string>& event_names();
// Throws std::invalid_argument for a name that is none.
EventKind parse_event_kind(const std::string& name);

struct Notification {
    EventKind kind = EventKind::test;
    std::string summary;  // "green serves (was blue)"
    // {"from", "blue"}: lower-case letters, digits and '_'; an empty value is left out.
    std::vector<std::pair<std::string, std::string>> facts{};
    std::string command{};  // what the reader may want to run: "teal canary approve"

    // Filled in by send().
    std::string id{};  // the same at every attempt, so that a receiver can tell repetitions
    std::string project{};
    std::uint64_t time_unix_ns = 0;
    std::string user{};
    std::string host{};
};

// "shop: deployment failed".
std::string headline(const Notification& notification);

// The JSON that webhooks and hooks get, and that the spool keeps.
std::string to_json_text(const Notification& notification);
// Throws std::exception for anything that the function above did not write.
Notification notification_from(const std::string& text);

}  // namespace teal::cli
