#include "cli/traffic/change.hpp"

#include "cli/error.hpp"

#include <fmt/format.h>

namespace teal::cli {

double Change::applied_after_ms() const {
    return published && applied.last_unix_ns > published_unix_ns
               ? static_cast<double>(applied.last_unix_ns - published_unix_ns) / 1e6
               : 0.0;
}

Change publish_and_prove(TableSession& session, NginxView& nginx, bool anything, bool prove,
                         std::chrono::nanoseconds patience) {
    Change change;
    change.generation = session.image().generation;
    change.published_unix_ns = session.image().published_unix_ns;
    if (anything) {
        const table::Publication publication = session.publish();
        change.published = true;
        change.generation = publication.generation;
        change.published_unix_ns = publication.published_unix_ns;
        change.published_monotonic_ns = publication.published_monotonic_ns;
        change.save_warning = publication.save_warning;
    }
    change.proof_wanted = prove;
    if (prove) {
        change.applied = wait_until_applied(nginx, change.generation, patience);
    }
    return change;
}

void demand_applied(const Change& change, double patience_s) {
    if (!change.proof_wanted || change.applied.proven()) {
        return;
    }
    const std::string stands =
        fmt::format("generation {} is published and stands", change.generation);
    if (change.applied.workers == 0) {
        throw Error(ExitCode::not_applied, stands + ", but nginx ended before it applied it",
                    "start nginx, it will use this generation: teal traffic show");
    }
    throw Error(ExitCode::not_applied,
                fmt::format("{}, but {} of {} workers did not apply it within {:g} s: pid {}",
                            stands, change.applied.behind.size(), change.applied.workers,
                            patience_s, pids_of(change.applied.behind)),
                "look whether these processes hang; they apply it as soon as they run: "
                "teal traffic show");
}

}  // namespace teal::cli
