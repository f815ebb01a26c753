#include "cli/notify/delivery.hpp"

#include "cli/error.hpp"
#include "cli/files/directory_lock.hpp"
#include "cli/output/quantities.hpp"

#include <optional>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;

AttemptResult try_once(const DeliveryMeans& means, const Notification& notification) {
    try {
        return means.attempt(notification);
    } catch (const Error& error) {
        AttemptResult result;
        result.problem = error.what();
        return result;
    }
}

milliseconds age_of(const Notification& notification, std::uint64_t now_unix_ns) {
    const std::uint64_t since = notification.time_unix_ns;
    return milliseconds(now_unix_ns > since ? (now_unix_ns - since) / 1'000'000 : 0);
}

void deliver(const Spool& spool, SpooledNotification spooled, const BackOff& back_off,
             const DeliveryMeans& means) {
    // Those of a deliverer that was killed are told, but the pauses begin again.
    for (unsigned attempts = 1;; ++attempts) {
        const AttemptResult result = try_once(means, spooled.notification);
        if (result.delivered) {
            spool.remove(spooled);
            return;
        }
        ++spooled.attempts;
        spooled.problem = result.problem;
        const std::optional<milliseconds> pause =
            result.hopeless
                ? std::nullopt
                : back_off.pause_after(attempts, age_of(spooled.notification, means.now_unix_ns()),
                                       result.retry_after);
        if (!pause) {
            spool.give_up(spooled);
            return;
        }
        spool.update(spooled);
        means.pause(*pause);
    }
}

std::optional<DirectoryLock> lock_if_free(const std::filesystem::path& directory) {
    try {
        return std::optional<DirectoryLock>(std::in_place, directory, milliseconds(0));
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace

void deliver_all(const Spool& spool, const BackOff& back_off, const DeliveryMeans& means) {
    while (!spool.waiting().empty()) {
        const std::optional<DirectoryLock> lock = lock_if_free(spool.directory());
        if (!lock) {
            return;
        }
        for (const SpooledNotification& spooled : spool.waiting()) {
            deliver(spool, spooled, back_off, means);
        }
    }
}

BackOff back_off_of(const NotifyTarget& target) {
    BackOff back_off;
    back_off.give_up_after = milliseconds(static_cast<std::int64_t>(target.give_up_after_s * 1000));
    return back_off;
}

void deliver_to(const NotifyTarget& target, const std::filesystem::path& directory,
                const Spool& spool) {
    DeliveryMeans means;
    means.attempt = [&](const Notification& notification) {
        return attempt_delivery(open_destination(target, directory), notification,
                                now_unix_ns() / 1'000'000'000u);
    };
    means.now_unix_ns = &now_unix_ns;
    means.pause = [](milliseconds pause) { std::this_thread::sleep_for(pause); };
    deliver_all(spool, back_off_of(target), means);
}

}  // namespace teal::cli
