// Whether a canary may have the traffic that the table gives it: not after the guard has tripped,
// and not when nobody renewed the lease on its weight. Looked at for each decision, so that neither
// needs a publication.
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/table_view.hpp"
#include "shared/table/route.hpp"

namespace teal::nginx {

// `choice.reason` when it may; otherwise why it goes to the fallback instead.
table::Reason canary_reason(const SplitConf& split, const SplitView& view, std::uint64_t generation,
                            const table::Choice& choice);

// Who takes over: the guard's baseline while there is a canary, else nginx.conf's default (which
// may be the canary: colors take turns). An index into nginx.conf's variants.
std::uint32_t fallback_of(const SplitConf& split, const SplitView& view);

}  // namespace teal::nginx
