#include "nginx-module/totals.hpp"

#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

bool is_counted(const VariantConf& variant) {
    return worker().slot != counters::kNoSlot && variant.counters_index != kNoPlace;
}

}  // namespace

Overview take_overview() {
    refresh_table();
    Overview overview{};
    overview.generation = worker().table.generation();
    if (worker().slot != counters::kNoSlot) {
        overview.live = counters::live_slots(worker().counters);
        overview.live[worker().slot] = true;  // the kernel does not tell a process of its own lock
        overview.applied = counters::applied(worker().counters, overview.generation);
        ++overview.applied.workers;
        ++overview.applied.on_it;
    }
    return overview;
}

void add_up(const Overview& overview, const VariantConf& variant, counters::VariantCounters& sum) {
    sum = counters::VariantCounters{};
    if (is_counted(variant)) {
        counters::add_up(worker().counters, overview.live, variant.counters_index, sum);
    }
}

counters::SlotSet used_slots(const VariantConf& variant) {
    return is_counted(variant)
               ? counters::used_slots(worker().counters, variant.stored, variant.counters_index)
               : counters::SlotSet{};
}

void add_up_variant(const Overview& overview, const VariantConf& variant,
                    const counters::SlotSet& used, counters::VariantCounters& sum) {
    std::memset(static_cast<void*>(&sum), 0, offsetof(counters::VariantCounters, endpoints));
    if (used.any()) {
        counters::add_up_variant(worker().counters, overview.live, used, variant.counters_index,
                                 sum);
    }
}

counters::EndpointCounters endpoint_sum(const Overview& overview, const VariantConf& variant,
                                        const counters::SlotSet& used, std::uint32_t place) {
    return used.any() ? counters::endpoint_sum(worker().counters, overview.live, used,
                                               variant.counters_index, place)
                      : counters::EndpointCounters{};
}

counters::HoldSums hold_sums(const Overview& overview, const SplitConf& split) {
    return was_ever_held(split)
               ? counters::hold_sums(worker().counters, overview.live, split.counters_index)
               : counters::HoldSums{};
}

bool was_ever_held(const SplitConf& split) {
    return worker().slot != counters::kNoSlot && split.counters_index != kNoPlace &&
           load_shared(worker().counters.split(split.counters_index).hold_begins,
                       std::memory_order_relaxed) != 0;
}

std::uint64_t tripped_generation(const SplitConf& split) {
    return worker().slot == counters::kNoSlot || split.counters_index == kNoPlace
               ? 0
               : load_shared(worker().counters.split(split.counters_index).tripped,
                             std::memory_order_relaxed);
}

bool select_splits(ngx_http_request_t* r, std::uint32_t* first, std::uint32_t* end) {
    static char argument[] = "split";
    ngx_str_t name;
    *first = 0;
    *end = static_cast<std::uint32_t>(worker().conf->splits.nelts);
    if (ngx_http_arg(r, reinterpret_cast<u_char*>(argument), sizeof(argument) - 1, &name) !=
        NGX_OK) {
        return true;
    }
    const SplitConf* split = find_split(*worker().conf, view_of(name));
    if (split != nullptr) {
        *first = split->index;
        *end = split->index + 1;
    }
    return split != nullptr;
}

}  // namespace teal::nginx
