// The proof that a publication is in use: every live worker has said so in its slot.
#pragma once

#include "cli/traffic/nginx_view.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace teal::cli {

struct Applied {
    std::uint32_t workers = 0;            // live processes at the last look, leaving ones included
    std::vector<Worker> behind;           // those that decide by an older generation; empty: proven
    std::uint64_t last_unix_ns = 0;       // when the last worker took its generation, as it says
    std::uint64_t seen_monotonic_ns = 0;  // when this look was taken

    bool proven() const { return workers > 0 && behind.empty(); }
    std::uint32_t on_it() const { return workers - static_cast<std::uint32_t>(behind.size()); }
};

// One look.
Applied look_whether_applied(const NginxView& nginx, std::uint64_t generation);

// Looks until it is proven, no worker is left, or the time is over. Follows an nginx that is
// started afresh meanwhile.
Applied wait_until_applied(NginxView& nginx, std::uint64_t generation,
                           std::chrono::nanoseconds patience);

// "4711, 4712 (table missing)".
std::string pids_of(const std::vector<Worker>& workers);

}  // namespace teal::cli
