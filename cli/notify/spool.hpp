// Notifications that are on their way, as files: <deployment directory>/notifications/TARGET/, one
// file each, named by time so that they are delivered in the order they happened.
//
//   ID.json         waits for its (next) attempt
//   ID.failed.json  was given up, with the reason; the newest kMostFailed are kept
//
// They are written durably before anything else happens, so that neither a killed command nor a
// reboot loses one: the next deliverer finds them. What is in them names the target, never its URL
// or secret. All of it is ours alone (0700).
#pragma once

#include "cli/notify/notification.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace teal::cli {

struct SpooledNotification {
    std::string target;
    Notification notification;  // its id names the file
    unsigned attempts = 0;
    std::string problem{};  // of the last attempt
    bool failed = false;    // given up
};

class Spool {
public:
    static constexpr std::size_t kMostFailed = 100;

    Spool(const std::filesystem::path& deployment_directory, const std::string& target)
        : target_(target), directory_(deployment_directory / "notifications" / target) {}

    const std::filesystem::path& directory() const { return directory_; }

    // Durable when it returns. Throws Error.
    void add(const Notification& notification) const;
    // Oldest first; unreadable files are left out. Empty when there is no such directory.
    std::vector<SpooledNotification> waiting() const { return files(false); }
    std::vector<SpooledNotification> failed() const { return files(true); }

    // After an attempt. Throw Error.
    void remove(const SpooledNotification& delivered) const;
    void update(const SpooledNotification& attempted) const;  // attempts and problem
    void give_up(const SpooledNotification& hopeless) const;

    // What was given up waits again, or is forgotten; how many. Throw Error.
    std::size_t revive_failed() const;
    std::size_t drop_failed() const;

private:
    std::filesystem::path file_of(const std::string& id, bool failed) const;
    std::vector<SpooledNotification> files(bool failed) const;

    std::string target_;
    std::filesystem::path directory_;
};

// Names below `notifications`, those of targets that are no longer in teal.toml included.
std::vector<std::string> spooled_targets(const std::filesystem::path& deployment_directory);

}  // namespace teal::cli
