// Publishing a change and proving that it is in use: what every command that changes the table
// does after its validation.
#pragma once

#include "cli/traffic/applied.hpp"
#include "cli/traffic/table_session.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace teal::cli {

struct Change {
    bool published = false;  // false: the table was as asked for already
    std::uint64_t generation = 0;
    std::uint64_t published_unix_ns = 0;
    std::uint64_t published_monotonic_ns = 0;
    std::string save_warning;
    bool proof_wanted = false;
    Applied applied;  // when proof is wanted

    bool is_applied() const { return proof_wanted && applied.proven(); }
    // From the publication until the last worker took it; 0 when one did before the publisher had
    // read its clock.
    double applied_after_ms() const;
};

// Publishes unless `anything` is false, then waits for the proof when it is wanted. Throws Error
// when the publication fails; a missing proof is in the result, because the change stands.
Change publish_and_prove(TableSession& session, NginxView& nginx, bool anything, bool prove,
                         std::chrono::nanoseconds patience);

// Throws Error (not applied) when the proof was wanted and is missing.
void demand_applied(const Change& change, double patience_s);

}  // namespace teal::cli
