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
};

// The list above for --help.
inline constexpr char kExitCodesHelp[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  failed while acting, or doctor, health check or urls found a problem\n"
    "  2  wrong command line or value; nothing was changed\n"
    "  3  a deployment failed\n"
    "  4  published, but not applied by every live worker in time\n"
    "  5  no table, running nginx or deployment to act on; nothing was changed\n";

}  // namespace teal::cli
