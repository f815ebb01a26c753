// `teal upgrade perform --hold-for-migration CMD`: a migration that neither version may see.
//
// The entry splits are held, what is in flight finishes, the command runs, and one publication
// gives the new color the traffic and lets everybody who waited go on to it. Whatever fails before
// that lets them go on to the old color, SIGINT and SIGTERM as well. Killed at any moment: nginx
// ends the hold at its deadline.
#pragma once

#include "cli/deployment/switching.hpp"
#include "cli/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace teal::cli {

struct HeldMigration {
    std::string command;                       // the user's own, for /bin/sh -c; never recorded
    std::chrono::nanoseconds longest;          // of the hold; the command has what is left of it
    std::chrono::milliseconds drain_patience;  // for what is in flight when the hold begins
};

struct HeldOutcome {
    Change change;  // the switch, with the release in it
    double held_s = 0;
    double migration_s = 0;
    std::uint64_t requests = 0;  // that waited
    std::uint64_t refused = 0;
    std::uint64_t passed = 0;
};

// A signal asked for the end, and the command had not succeeded yet. (A signal behind that lets the
// switch be made first: the database is the new version's by then.)
class Interrupted : public Error {
public:
    using Error::Error;
};

// REQUIRES: the job's phase is "hold"; "migration" and "switch" follow. Throws Error, or
// Interrupted: nothing is switched then, and nothing held.
HeldOutcome switch_held(DeploymentJob& job, const Target& target,
                        const std::vector<SplitEndpoints>& endpoints,
                        const HeldMigration& migration);

// "held for 2.1 s, 12 requests waited; the migration took 1.8 s"
std::string held_text(const HeldOutcome& outcome);

}  // namespace teal::cli
