// Whether a canary may have the traffic that the table gives it: not after the guard has tripped,
// and not when nobody renewed the lease on its weight. Looked at for each decision, so that neither
// needs a publication.
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/table_view.hpp"
#include "shared/table/route.hpp"

namespace teal::nginx {

// The split has a canary under guard, or on a lease. Most have none: what follows is not asked
// then.
inline bool has_canary(const SplitView& view) {
    return view.record.guard.armed != 0 || view.record.guard.lease_expires_unix_ns != 0;
}

// `choice.reason` when it may; otherwise why it goes to the fallback instead. REQUIRES:
// has_canary().
table::Reason canary_reason(const SplitConf& split, const SplitView& view, std::uint64_t generation,
                            const table::Choice& choice);

// The guard took the canary's traffic away, and has not been armed anew since.
bool has_tripped(const SplitConf& split, const SplitView& view, std::uint64_t generation);
// Nobody has renewed the lease on the canary's weight.
bool has_expired(const table::GuardSettings& guard);

// Who takes over: the guard's baseline, else nginx.conf's default (which may be the canary: colors
// take turns). An index into nginx.conf's variants. REQUIRES: has_canary().
std::uint32_t fallback_of(const SplitConf& split, const SplitView& view);

}  // namespace teal::nginx
