// What the status and metrics locations tell, read once for a page.
#pragma once

#include "nginx-module/configuration.hpp"
#include "shared/counters/sums.hpp"

namespace teal::nginx {

struct Overview {
    std::uint64_t generation;
    counters::LiveSlots live;
    counters::Applied applied;
};

Overview take_overview();

// Sum over all processes; zeros for a variant that has no place in the counters.
void add_up(const Overview& overview, const VariantConf& variant, counters::VariantCounters& sum);

// The same in parts, for a page of thousands of variants; the counters up to the endpoints.
counters::SlotSet used_slots(const VariantConf& variant);
void add_up_variant(const Overview& overview, const VariantConf& variant,
                    const counters::SlotSet& used, counters::VariantCounters& sum);
counters::EndpointCounters endpoint_sum(const Overview& overview, const VariantConf& variant,
                                        const counters::SlotSet& used, std::uint32_t place);

// The split's holds; zeros when it has no place in the counters. Of the two the second is cheap.
counters::HoldSums hold_sums(const Overview& overview, const SplitConf& split);
bool was_ever_held(const SplitConf& split);

// The generation for which the split's canary lost its traffic, 0 when it did not.
std::uint64_t tripped_generation(const SplitConf& split);

// The splits a page tells of: all, or the one named by the argument `split`. False: no such split.
bool select_splits(ngx_http_request_t* r, std::uint32_t* first, std::uint32_t* end);

}  // namespace teal::nginx
