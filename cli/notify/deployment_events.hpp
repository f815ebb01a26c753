// What is told about a deployment, from what is written down about it.
#pragma once

#include "cli/history/history.hpp"
#include "cli/notify/notification.hpp"

#include <vector>

namespace teal::cli {

// A `perform` begins. Nothing for the other operations: they are over before anybody has read it.
std::vector<Notification> notifications_of_begin(const std::string& operation,
                                                 const std::string& target,
                                                 const std::string& from);

// Of a line of the history. A deployment that was switched back from is two events: it failed, and
// the traffic went back. Nothing for cleanup and down.
std::vector<Notification> notifications_of(const HistoryEntry& entry);

}  // namespace teal::cli
