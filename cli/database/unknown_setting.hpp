// Restoring into a server before 17 by the programs of 17 or later, where no older ones are
// installed: pg_restore begins each of its sessions with SET transaction_timeout, which such a
// server does not know, and with --exit-on-error that is the end of it.
//
// So there it goes on after errors, and what it complained of is read: that one is none. The price
// is that a restore with another error ends later. Rejected: to refuse, since Debian has one
// version of the programs in each release; and to filter its script through psql, which has one job
// only.
#pragma once

#include "cli/process/command.hpp"

#include <string>

namespace teal::cli::database {

// Whether pg_restore of this version complains there.
bool sets_unknown_setting(const std::string& pg_restore_version, int server_major);

// The result without that complaint: well if there was no other. REQUIRES: messages in English, and
// no --exit-on-error.
CommandResult without_unknown_setting(CommandResult result);

}  // namespace teal::cli::database
