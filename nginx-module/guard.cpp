#include "nginx-module/guard.hpp"

#include "nginx-module/watch.hpp"
#include "nginx-module/worker.hpp"
#include "shared/counters/watched.hpp"
#include "shared/guard/state.hpp"
#include "shared/mapping/shared_word.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace teal::nginx {
namespace {

constexpr double kPart = 1e-9;  // of the settings' numbers
constexpr double kDefaultAlpha = 1e-4;

ngx_event_t tick_timer;
ngx_connection_t timer_owner;  // nginx's debug log takes the fd from an event's data

// The armed splits; ten thousand that are not must not be walked at every tick. What follows from
// the settings alone, a hundred transcendental functions, is computed once for a publication.
struct ArmedSplit {
    std::uint32_t split;
    guard::Evaluation evaluation;
};
ArmedSplit* armed = nullptr;
std::uint32_t armed_count = 0;
std::uint32_t armed_room = 0;
std::uint64_t least_slow_us = 0;  // the lowest latency threshold of all; 0: none

// Whatever a writer put there, the mathematics gets something it can work with.
guard::GuardTerms terms_of(const table::GuardSettings& settings) {
    guard::GuardTerms terms;
    const double alpha = static_cast<double>(settings.alpha_e9) * kPart;
    const double margin = static_cast<double>(settings.margin_e9) * kPart;
    const double objective = static_cast<double>(settings.objective_e9) * kPart;
    const double promotion = static_cast<double>(settings.promotion_margin_e9) * kPart;
    const std::uint64_t horizon_ms =
        settings.horizon_ms != 0 ? settings.horizon_ms : guard::kDefaultHorizon_ms;
    terms.alpha = alpha > 0.0 && alpha < 1.0 ? alpha : kDefaultAlpha;
    terms.margin = margin > 0.0 ? margin : terms.margin;
    terms.objective = objective < 1.0 ? objective : 0.0;
    terms.promotion_margin = promotion > 0.0 ? promotion : terms.promotion_margin;
    terms.horizon = horizon_ms > guard::kTick_ms ? horizon_ms / guard::kTick_ms : 1;
    while (terms.slow_thresholds < guard::kSlowThresholds &&
           settings.slow_us[terms.slow_thresholds] != 0) {
        ++terms.slow_thresholds;
    }
    return terms;
}

std::uint64_t grown(std::uint64_t& seen, std::uint64_t now) {
    // Less than before: the file was made anew.
    const std::uint64_t more = now >= seen ? now - seen : now;
    seen = now;
    return more;
}

guard::ArmCounts grown(guard::ArmCounts& seen, const guard::ArmCounts& now) {
    guard::ArmCounts more = {grown(seen.done, now.done), grown(seen.bad, now.bad)};
    more.bad = more.bad < more.done ? more.bad : more.done;
    return more;
}

// What came since; `seen` is brought up to date.
guard::CanaryCounts tick_of(guard::CanaryCounts& seen, const guard::CanaryCounts& now) {
    guard::CanaryCounts tick{};
    tick.canary = grown(seen.canary, now.canary);
    tick.baseline = grown(seen.baseline, now.baseline);
    for (std::size_t i = 0; i < guard::kSlowThresholds; ++i) {
        tick.canary_slow[i] = grown(seen.canary_slow[i], now.canary_slow[i]);
        tick.baseline_slow[i] = grown(seen.baseline_slow[i], now.baseline_slow[i]);
    }
    return tick;
}

guard::State load_state(const counters::SplitEntry& entry) {
    guard::State state;
    copy_from_shared(&state, entry.guard_state, sizeof(state));
    return state;
}

void store_state(counters::SplitEntry& entry, const guard::State& state) {
    // First, by itself: killed after it, this process has lost a tick and counted none twice.
    copy_to_shared(entry.guard_state + offsetof(guard::State, seen), &state.seen,
                   sizeof(state.seen));
    copy_to_shared(entry.guard_state, &state, sizeof(state));
}

void begin_anew(counters::SplitEntry& entry, const table::GuardSettings& settings,
                const guard::Evaluation& evaluation, const guard::CanaryCounts& now,
                std::uint64_t now_ns) {
    guard::State state{};
    state.armed_unix_ns = settings.armed_unix_ns;
    state.ticked_unix_ns = now_ns;
    state.evaluator_pid = static_cast<std::uint32_t>(ngx_pid);
    state.seen = now;
    guard::Evaluation::begin(state.evidence);
    state.log_evidence = evaluation.log_evidence(state.evidence);
    state.threshold = evaluation.threshold();
    store_state(entry, state);
}

// Every worker's next decision sees it. The generation is for people and for the control plane; the
// arming is what keeps it when something else is published.
void latch(counters::SplitEntry& entry, const table::GuardSettings& settings,
           std::uint64_t generation, std::uint64_t tripped_ns) {
    store_shared(entry.tripped_unix_ns, tripped_ns, std::memory_order_relaxed);
    store_shared(entry.tripped_arming, settings.armed_unix_ns, std::memory_order_relaxed);
    std::atomic_ref<std::uint64_t> tripped(entry.tripped);
    std::uint64_t seen = tripped.load(std::memory_order_relaxed);
    // A later generation's trip stands.
    while (seen < generation &&
           !tripped.compare_exchange_weak(seen, generation, std::memory_order_release)) {
    }
}

void log_trip(const SplitConf& split, const table::SplitRecord& record, const guard::State& state) {
    const guard::CanaryCounts& counts = state.evidence.counts;
    // nginx's own formats have no %g.
    const auto hundredths = static_cast<ngx_int_t>(state.log_evidence * 100.0);
    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "teal: split \"%V\": the guard has tripped, \"%s\" gets no more traffic: %uL of "
                  "%uL attempts failed, of \"%s\" %uL of %uL; ln of the evidence %i.%02i",
                  &split.name, record.variants[record.guard.canary].name, counts.canary.bad,
                  counts.canary.done, record.variants[record.guard.baseline].name,
                  counts.baseline.bad, counts.baseline.done, hundredths / 100, hundredths % 100);
}

void forget_visitors(counters::SplitEntry& entry) {
    for (std::uint64_t& word : entry.visitors) {
        store_shared(word, std::uint64_t{0}, std::memory_order_relaxed);
    }
}

void evaluate(const SplitConf& split, const SplitView& view, const guard::Evaluation& evaluation,
              std::uint64_t generation) {
    const table::GuardSettings& settings = view.record.guard;
    const std::uint8_t canary = view.conf_variant[settings.canary];
    const std::uint8_t baseline = view.conf_variant[settings.baseline];
    if (canary == SplitView::kUnmatched || baseline == SplitView::kUnmatched ||
        split.counters_index == kNoPlace) {
        return;
    }
    if (ngx_exiting) {
        counters::release_guard(worker().counters, split.counters_index);
        return;
    }
    if (!counters::hold_guard(worker().counters, split.counters_index)) {
        return;
    }
    counters::SplitEntry& entry = worker().counters.split(split.counters_index);
    const guard::CanaryCounts now =
        counters::watched_counts(worker().counters, split.variants[canary].counters_index,
                                 split.variants[baseline].counters_index);
    const std::uint64_t now_ns = unix_ns();
    guard::State state = load_state(entry);
    if (state.armed_unix_ns != settings.armed_unix_ns) {
        begin_anew(entry, settings, evaluation, now, now_ns);
        return;
    }
    if (state.tripped_unix_ns != 0) {
        latch(entry, settings, generation, state.tripped_unix_ns);
        return;
    }
    const guard::CanaryCounts tick = tick_of(state.seen, now);
    if (split.cookie_name.len != 0) {
        forget_visitors(entry);
    }
    const bool trips = evaluation.advance(state.evidence, tick);
    state.ticked_unix_ns = now_ns;
    state.evaluator_pid = static_cast<std::uint32_t>(ngx_pid);
    state.log_evidence = evaluation.log_evidence(state.evidence);
    state.threshold = evaluation.threshold();
    state.tripped_unix_ns = trips ? now_ns : 0;
    store_state(entry, state);
    if (trips) {
        add_own(entry.trips, std::uint64_t{1});
        latch(entry, settings, generation, now_ns);
        log_trip(split, view.record, state);
    }
}

void on_tick(ngx_event_t* event) {
    refresh_table();
    if (least_slow_us != 0) {
        count_overdue(monotonic_us(), least_slow_us);
    }
    const Snapshot* snapshot = worker().table.current();
    for (std::uint32_t i = 0; snapshot != nullptr && i < armed_count; ++i) {
        const ArmedSplit& guarded = armed[i];
        const SplitView* view = snapshot->views[guarded.split];
        if (view != nullptr && worker().slot != counters::kNoSlot) {
            evaluate(worker().conf->split(guarded.split), *view, guarded.evaluation,
                     snapshot->generation);
        }
    }
    if (armed_count != 0 && !event->timer_set) {
        ngx_add_timer(event, guard::kTick_ms);
    }
}

bool make_room(std::uint32_t splits) {
    if (splits <= armed_room) {
        return true;
    }
    void* room = std::realloc(armed, splits * sizeof(ArmedSplit));
    if (room == nullptr) {
        return false;
    }
    armed = static_cast<ArmedSplit*>(room);
    armed_room = splits;
    return true;
}

}  // namespace

void follow_guards(const MainConf& conf, const Snapshot* snapshot, ngx_log_t* log) {
    armed_count = 0;
    least_slow_us = 0;
    const auto splits = static_cast<std::uint32_t>(conf.splits.nelts);
    if (snapshot == nullptr || !make_room(splits)) {
        return;
    }
    for (std::uint32_t i = 0; i < splits; ++i) {
        const SplitView* view = snapshot->views[i];
        if (view == nullptr || view->record.guard.armed == 0) {
            continue;
        }
        new (&armed[armed_count++]) ArmedSplit{i, guard::Evaluation(terms_of(view->record.guard))};
        const std::uint64_t slow_us = view->record.guard.slow_us[0];
        if (slow_us != 0 && (least_slow_us == 0 || slow_us < least_slow_us)) {
            least_slow_us = slow_us;
        }
    }
    if (armed_count != 0 && !tick_timer.timer_set) {
        std::memset(&timer_owner, 0, sizeof(timer_owner));
        timer_owner.fd = static_cast<ngx_socket_t>(-1);
        tick_timer.handler = on_tick;
        tick_timer.data = &timer_owner;
        tick_timer.log = log;
        tick_timer.cancelable = 1;  // a leaving worker does not wait for it
        ngx_add_timer(&tick_timer, guard::kTick_ms);
    }
}

}  // namespace teal::nginx
