#include "nginx-module/goals.hpp"

#include "nginx-module/decision.hpp"
#include "nginx-module/goal_value.hpp"
#include "nginx-module/participation.hpp"
#include "nginx-module/request_cookie.hpp"
#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

namespace teal::nginx {
namespace {

static_assert(sticky::kMaxMarks >= counters::kMaxGoals);

// The visitor's decision for the split, or nullptr when he has no part in its experiment.
Decision* find_participant(ngx_http_request_t* r, const SplitConf& split) {
    if (Decision* made = find_decision(r, split); made != nullptr) {
        return made->attendance == Attendance::exposed ? made : nullptr;
    }
    // This request did not ask for the split: nobody is exposed by it, but he may have been before.
    ngx_str_t cookie;
    Decision* made = find_request_cookie(r, split.cookie_name, cookie) ? decide(r, split) : nullptr;
    if (made == nullptr) {
        return nullptr;
    }
    if (made->attendance != Attendance::exposed) {
        made->attendance = Attendance::none;
        made->set_cookie = made->set_cookie && made->reason == table::Reason::sticky;
        return nullptr;
    }
    return made;
}

// Goals that nginx.conf no longer has make room.
void forget_others(sticky::Cookie& memory, const SplitConf& split) {
    std::uint8_t kept = 0;
    for (std::uint8_t i = 0; i < memory.mark_count; ++i) {
        bool known = false;
        for (std::uint32_t g = 0; g < split.goal_count; ++g) {
            known = known || split.goals[g].mark == memory.marks[i];
        }
        if (known) {
            memory.marks[kept++] = memory.marks[i];
        }
    }
    memory.mark_count = kept;
}

// REQUIRES: the goal has a place. The number first: whoever reads sees no conversion without it.
void add_conversion(ngx_http_request_t* r, const GoalLine& line, counters::GoalCounters& counts) {
    double value = 0;
    if (line.value != nullptr && read_goal_value(r, line, &value)) {
        add_own(counts.value_sum, value);
        add_own(counts.value_square_sum, value * value);
        add_own(counts.valued, std::uint64_t{1});
    }
    add_own(counts.conversions, std::uint64_t{1}, std::memory_order_release);
}

void count_goal(ngx_http_request_t* r, const GoalLine& line, const GoalTarget& target) {
    const SplitConf& split = *target.split;
    const GoalConf& goal = split.goals[target.goal];
    if (goal.place == kNoPlace || worker().slot == counters::kNoSlot) {
        return;  // not remembered either: it counts when there is somewhere to count
    }
    Decision* decision = find_participant(r, split);
    if (decision == nullptr || decision->memory.has_mark(goal.mark)) {
        return;
    }
    add_conversion(r, line,
                   worker().counters_of(split.variants[decision->variant]).goals[goal.place]);
    if (decision->memory.mark_count == sticky::kMaxMarks) {
        forget_others(decision->memory, split);
    }
    decision->memory.add_mark(goal.mark);
    decision->set_cookie = true;
}

}  // namespace

void count_goals(ngx_http_request_t* r) {
    const auto* location =
        static_cast<const LocationConf*>(ngx_http_get_module_loc_conf(r, ngx_http_teal_module));
    if (location->goals == nullptr || r->headers_out.status >= NGX_HTTP_BAD_REQUEST) {
        return;
    }
    auto* const* lines = static_cast<GoalLine* const*>(location->goals->elts);
    for (ngx_uint_t i = 0; i < location->goals->nelts; ++i) {
        if (lines[i]->when != nullptr && !holds(r, *lines[i]->when)) {
            continue;
        }
        const auto* targets = static_cast<const GoalTarget*>(lines[i]->targets.elts);
        for (ngx_uint_t t = 0; t < lines[i]->targets.nelts; ++t) {
            count_goal(r, *lines[i], targets[t]);
        }
    }
}

}  // namespace teal::nginx
