#include "nginx-module/holds.hpp"

#include "nginx-module/held_requests.hpp"
#include "nginx-module/watch.hpp"
#include "nginx-module/worker.hpp"

#include <cstdlib>
#include <cstring>

namespace teal::nginx {

constinit std::uint32_t active_holds = 0;

namespace {

constinit Hold* first_hold = nullptr;
constinit Hold** holds_by_split = nullptr;  // by SplitConf::index
constinit std::uint32_t split_room = 0;
constinit bool have_orphans = false;          // holds that no place of holds_by_split names
constinit std::uint64_t followed_change = 0;  // Snapshot::holds_change
// While requests are on their way out and no hold lasts: nothing else may keep a leaving worker.
constexpr std::uint64_t kReleasing_us = 1'000'000;

ngx_event_t deadline_timer;
ngx_connection_t timer_owner;  // nginx's debug log takes the fd from an event's data

bool make_room(std::uint32_t splits) {
    if (splits <= split_room) {
        return true;
    }
    auto* grown = static_cast<Hold**>(std::realloc(holds_by_split, splits * sizeof(Hold*)));
    if (grown == nullptr) {
        return false;
    }
    std::memset(grown + split_room, 0, (splits - split_room) * sizeof(Hold*));
    holds_by_split = grown;
    split_room = splits;
    return true;
}

Hold* find_hold(const SplitConf& split) {
    Hold* hold = holds_by_split[split.index];
    for (Hold* one = first_hold; have_orphans && hold == nullptr && one != nullptr;
         one = one->next) {
        hold = view_of(split.name) == one->split ? one : nullptr;
    }
    return hold;
}

Hold* make_hold(const SplitConf& split) {
    auto* hold = static_cast<Hold*>(std::calloc(1, sizeof(Hold)));
    if (hold != nullptr) {
        ngx_queue_init(&hold->waiting);
        std::memcpy(hold->split, split.name.data, split.name.len);
        hold->next = first_hold;
        first_hold = hold;
    }
    return hold;
}

// What a worker that sees these settings now waits at most.
std::uint64_t remaining_us(const table::HoldSettings& settings) {
    const std::uint64_t now_ns = unix_ns();
    const std::uint64_t until_ns = settings.until_unix_ns;
    std::uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    const std::uint64_t asked_ns =
        until_ns > settings.set_unix_ns ? until_ns - settings.set_unix_ns : 0;
    left_ns = left_ns < asked_ns ? left_ns : asked_ns;
    left_ns = left_ns < table::kLongestHold_ns ? left_ns : table::kLongestHold_ns;
    return left_ns / 1000;
}

void end_hold(Hold& hold, bool expired, ngx_log_t* log) {
    if (!hold.is_active) {
        return;
    }
    hold.is_active = false;
    --active_holds;
    const std::uint32_t count = release_all(hold, expired);
    ngx_log_error(NGX_LOG_NOTICE, log, 0, "teal: split \"%s\" is %s, requests waiting: %uD",
                  hold.split, expired ? "held no longer: its deadline has passed" : "released",
                  count);
}

// Returns true when the split is held from now on and was not before.
bool take_over_settings(Hold& hold, const table::HoldSettings& settings, ngx_log_t* log) {
    hold.is_listed = true;
    if (std::memcmp(&hold.settings, &settings, sizeof(settings)) == 0) {
        return false;
    }
    hold.settings = settings;
    const std::uint64_t left_us = remaining_us(settings);
    hold.deadline_us = monotonic_us() + left_us;
    if (left_us == 0) {
        end_hold(hold, true, log);
        return false;
    }
    ngx_log_error(NGX_LOG_NOTICE, log, 0, "teal: split \"%s\" is held for at most %uL ms",
                  hold.split, left_us / 1000);
    if (hold.is_active) {
        return false;
    }
    hold.is_active = true;
    hold.told_passing = false;
    ++active_holds;
    count_begin(hold);
    return true;
}

HoldNews take_over_holds(const MainConf& conf, const Snapshot& snapshot, ngx_log_t* log) {
    const auto splits = static_cast<std::uint32_t>(conf.splits.nelts);
    HoldNews news = HoldNews::none;
    if (!make_room(splits)) {
        return HoldNews::failed;
    }
    for (std::uint32_t i = 0; i < splits; ++i) {
        const SplitView* view = snapshot.views[i];
        if (view == nullptr || view->record.hold.started_unix_ns == 0) {
            continue;
        }
        const SplitConf& split = conf.split(i);
        Hold* hold = find_hold(split);
        hold = hold != nullptr ? hold : make_hold(split);
        if (hold == nullptr) {
            return HoldNews::failed;
        }
        holds_by_split[i] = hold;
        hold->counters_split = split.counters_index;
        hold->counters_variant = split.hold_place;
        if (take_over_settings(*hold, view->record.hold, log)) {
            news = HoldNews::begun;
        }
    }
    have_orphans = false;
    return news;
}

// Ends what the table does not have any more.
void drop_unlisted(ngx_log_t* log) {
    for (std::uint32_t i = 0; i < split_room; ++i) {
        if (holds_by_split[i] != nullptr && !holds_by_split[i]->is_listed) {
            holds_by_split[i] = nullptr;
        }
    }
    Hold** link = &first_hold;
    while (*link != nullptr) {
        Hold* hold = *link;
        if (hold->is_listed) {
            link = &hold->next;
            continue;
        }
        end_hold(*hold, false, log);
        *link = hold->next;
        std::free(hold);
    }
}

void on_deadline(ngx_event_t* event) {
    const std::uint64_t now_us = monotonic_us();
    for (Hold* hold = first_hold; hold != nullptr; hold = hold->next) {
        if (hold->is_active && hold->deadline_us <= now_us) {
            end_hold(*hold, true, event->log);
        }
    }
    keep_time();
}

}  // namespace

HoldNews follow_holds(const MainConf& conf, const Snapshot* snapshot, ngx_log_t* log) {
    const bool listed = snapshot != nullptr && snapshot->held_count != 0;
    const std::uint64_t change = snapshot != nullptr ? snapshot->holds_change : 0;
    if (change == followed_change || (!listed && first_hold == nullptr)) {
        return HoldNews::none;
    }
    for (Hold* hold = first_hold; hold != nullptr; hold = hold->next) {
        hold->is_listed = false;
    }
    const HoldNews news = listed ? take_over_holds(conf, *snapshot, log) : HoldNews::none;
    if (news == HoldNews::failed) {
        ngx_log_error(NGX_LOG_ALERT, log, 0, "teal: no memory for a hold, it is tried again");
        return news;
    }
    drop_unlisted(log);
    followed_change = change;
    deadline_timer.log = log;
    keep_time();
    return news;
}

void forget_places_of_holds() {
    if (split_room != 0) {
        std::memset(holds_by_split, 0, split_room * sizeof(Hold*));
    }
    have_orphans = first_hold != nullptr;
}

Hold* active_hold(const SplitConf& split) {
    Hold* hold = split.index < split_room ? holds_by_split[split.index] : nullptr;
    return hold != nullptr && hold->is_active ? hold : nullptr;
}

std::uint64_t milliseconds_left(const Hold& hold) {
    const std::uint64_t now_us = monotonic_us();
    return hold.deadline_us > now_us ? (hold.deadline_us - now_us + 999) / 1000 : 0;
}

std::uint64_t seconds_left(const Hold& hold) {
    const std::uint64_t left_ms = milliseconds_left(hold);
    return left_ms < 1000 ? 1 : (left_ms + 999) / 1000;
}

void keep_time() {
    const std::uint64_t now_us = monotonic_us();
    std::uint64_t next_us = waiting_requests() != 0 ? now_us + kReleasing_us : 0;
    bool any = waiting_requests() != 0;
    if (active_holds != 0) {
        any = false;
        for (const Hold* hold = first_hold; hold != nullptr; hold = hold->next) {
            if (hold->is_active && (!any || hold->deadline_us < next_us)) {
                next_us = hold->deadline_us;
                any = true;
            }
        }
    }
    if (deadline_timer.timer_set) {
        ngx_del_timer(&deadline_timer);  // nginx would leave a timer that is to move a little
    }
    if (!any) {
        return;
    }
    timer_owner.fd = static_cast<ngx_socket_t>(-1);
    deadline_timer.handler = on_deadline;
    deadline_timer.data = &timer_owner;
    deadline_timer.cancelable = waiting_requests() == 0 ? 1 : 0;
    const std::uint64_t left_us = next_us > now_us ? next_us - now_us : 0;
    ngx_add_timer(&deadline_timer, static_cast<ngx_msec_t>((left_us + 999) / 1000));
}

}  // namespace teal::nginx
