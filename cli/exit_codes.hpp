// What `teal` returns to the shell: part of its interface, scripts depend on it.
#pragma once

namespace teal::cli {

enum class ExitCode : int {
    ok = 0,
    failed = 1,             // something could not be done, or a check found a problem
    usage = 2,              // the command line or a value in it is wrong; nothing was changed
    deployment_failed = 3,  // a deployment ended without the new version serving
    not_applied = 4,        // published, but not applied by every live worker in time
    nothing_there = 5,      // no table, running nginx or deployment to act on; nothing was changed
    tripped = 6,            // the guard took a canary's traffic away
    aborted = 7,            // a canary was given up, or another command changed its traffic
    inconclusive = 8,       // a canary ended for lack of data or evidence
    no_data = 9,            // an experiment's report: nothing was counted yet
    broken = 10,            // an experiment's visitors are not split as the weights say
};

// The list above for --help.
inline constexpr char kExitCodesHelp[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  failed while acting, or doctor, health check or urls found a problem\n"
    "  2  wrong command line or value; nothing was changed\n"
    "  3  a deployment failed\n"
    "  4  published, but not applied by every live worker in time\n"
    "  5  no table, running nginx or deployment to act on; nothing was changed\n"
    "  6  the guard tripped: the canary failed, and its traffic was taken away\n"
    "  7  the canary was aborted\n"
    "  8  the canary was inconclusive: not enough data or evidence\n"
    "  9  an experiment has no data yet\n"
    " 10  an experiment is broken: its visitors are not split as the weights say\n";

}  // namespace teal::cli
