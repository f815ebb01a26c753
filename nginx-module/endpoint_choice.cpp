#include "nginx-module/endpoint_choice.hpp"

#include "nginx-module/worker.hpp"
#include "shared/mapping/shared_word.hpp"

namespace teal::nginx {
namespace {

// Of all live workers together. A slot's owner that just died may still be in the list; its gauge
// is cleared when the slot is claimed anew.
std::uint32_t in_flight(const VariantConf& variant, std::uint32_t endpoint_slot) {
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < worker().live_count; ++i) {
        sum += load_shared(worker()
                               .counters.counters(worker().live_slots[i], variant.counters_index)
                               .endpoints[endpoint_slot]
                               .in_flight,
                           std::memory_order_relaxed);
    }
    return sum;
}

class Candidates {
public:
    Candidates(const SplitView& view, std::uint32_t table_variant, std::uint64_t tried,
               const FailurePolicy& policy)
        : first_(view.record.variants[table_variant].first_endpoint),
          count_(view.record.variants[table_variant].endpoint_count),
          view_(view),
          tried_(tried),
          policy_(policy) {}

    std::uint32_t count() const { return count_; }
    bool is_tried(std::uint32_t i) const { return (tried_ >> i & 1) != 0; }
    bool is_good(std::uint32_t i) const {
        return !is_tried(i) && !is_avoided(view_.health[first_ + i], policy_);
    }
    std::uint32_t slot(std::uint32_t i) const { return view_.record.endpoints()[first_ + i].slot; }
    EndpointHealth& health(std::uint32_t i) const { return view_.health[first_ + i]; }

private:
    std::uint32_t first_;
    std::uint32_t count_;
    const SplitView& view_;
    std::uint64_t tried_;
    const FailurePolicy& policy_;
};

std::uint32_t any_other(const Candidates& candidates, std::uint32_t start) {
    std::uint32_t oldest_failure = kNoEndpoint;
    for (std::uint32_t n = 0; n < candidates.count(); ++n) {
        const std::uint32_t i = (start + n) % candidates.count();
        if (candidates.is_good(i)) {
            return i;
        }
        if (!candidates.is_tried(i) &&
            (oldest_failure == kNoEndpoint ||
             candidates.health(i).accessed < candidates.health(oldest_failure).accessed)) {
            oldest_failure = i;
        }
    }
    return oldest_failure;
}

std::uint32_t pick(const Candidates& candidates, const VariantConf& variant) {
    const std::uint32_t count = candidates.count();
    if (count <= 1) {
        return count == 1 && !candidates.is_tried(0) ? 0 : kNoEndpoint;
    }
    const std::uint64_t random = worker().random();
    const auto a = static_cast<std::uint32_t>((random >> 32) % count);
    const auto b = static_cast<std::uint32_t>((a + 1 + (random & 0xffffffffu) % (count - 1)) %
                                              count);  // never a itself
    const bool a_good = candidates.is_good(a);
    const bool b_good = candidates.is_good(b);
    if (a_good && b_good) {
        const bool shared =
            worker().slot != counters::kNoSlot && variant.counters_index != kNoPlace;
        return shared && in_flight(variant, candidates.slot(b)) <
                             in_flight(variant, candidates.slot(a))
                   ? b
                   : a;
    }
    return a_good ? a : b_good ? b : any_other(candidates, a);
}

}  // namespace

std::uint32_t choose_endpoint(const SplitView& view, std::uint32_t table_variant,
                              const VariantConf& variant, std::uint64_t tried,
                              const FailurePolicy& policy) {
    const Candidates candidates(view, table_variant, tried, policy);
    const std::uint32_t chosen = pick(candidates, variant);
    if (chosen != kNoEndpoint) {
        EndpointHealth& health = candidates.health(chosen);
        if (health.fails != 0 && ngx_time() - health.checked > policy.fail_timeout) {
            health.checked = ngx_time();  // its one try in this period
        }
    }
    return chosen;
}

void note_success(EndpointHealth& health) {
    if (health.accessed < health.checked) {
        health.fails = 0;
    }
}

void note_failure(EndpointHealth& health) {
    ++health.fails;
    health.accessed = ngx_time();
    health.checked = ngx_time();
}

bool is_avoided(const EndpointHealth& health, const FailurePolicy& policy) {
    return policy.max_fails != 0 && health.fails >= policy.max_fails &&
           ngx_time() - health.checked <= policy.fail_timeout;
}

}  // namespace teal::nginx
