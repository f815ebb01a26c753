#include "nginx-module/watch_choice.hpp"

#include "nginx-module/worker.hpp"

namespace teal::nginx {

void choose_watch(Watch& watch, const Decision& decision, std::uint32_t variant) {
    watch.guard = nullptr;
    if (decision.view == nullptr || decision.view->record.guard.armed == 0 ||
        decision.reason == table::Reason::pin) {
        return;
    }
    const table::GuardSettings& guard = decision.view->record.guard;
    if (variant != guard.canary && variant != guard.baseline) {
        return;
    }
    const SplitConf& split = *decision.split;
    const bool by_visitor = split.cookie_name.len != 0 && decision.memory.visitor != 0 &&
                            worker().slot != counters::kNoSlot && split.counters_index != kNoPlace;
    watch.guard = &guard;
    watch.visitors = by_visitor ? worker().counters.split(split.counters_index).visitors : nullptr;
    watch.visitor = decision.memory.visitor;
}

}  // namespace teal::nginx
