// Which endpoint of a variant serves: the less loaded of two random picks, among those that are
// not avoided after failures.
//
// Two random choices keep the longest queue near log log n (Mitzenmacher 2001) where one random
// choice or round robin over different requests does not, and need two loads instead of a scan.
#pragma once

#include "nginx-module/table_view.hpp"

namespace teal::nginx {

inline constexpr std::uint32_t kNoEndpoint = 0xffffffffu;

// How an upstream treats failing endpoints, as `max_fails` and `fail_timeout` of nginx's `server`.
struct FailurePolicy {
    ngx_uint_t max_fails;
    time_t fail_timeout;
};

// Index among the variant's endpoints, or kNoEndpoint when all have been tried. `tried`: a bit for
// each one that this request has failed on. An avoided endpoint is only chosen when all others
// were tried: a request is better sent to a doubtful endpoint than nowhere.
std::uint32_t choose_endpoint(const SplitView& view, std::uint32_t table_variant,
                              const VariantConf& variant, std::uint64_t tried,
                              const FailurePolicy& policy);

// What this worker learns from an attempt's end.
void note_success(EndpointHealth& health);
void note_failure(EndpointHealth& health);
bool is_avoided(const EndpointHealth& health, const FailurePolicy& policy);

}  // namespace teal::nginx
