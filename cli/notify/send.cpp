#include "cli/notify/send.hpp"

#include "cli/history/history.hpp"
#include "cli/notify/spool.hpp"
#include "cli/output/quantities.hpp"
#include "cli/process/detached.hpp"
#include "cli/project/project_directory.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <exception>

namespace teal::cli {
namespace {

// Sorted by time as text; two of one command, or of two, are never the same.
std::string new_id(std::uint64_t unix_ns) {
    static unsigned number = 0;
    return fmt::format("{:020}-{}-{}", unix_ns, getpid(), ++number);
}

}  // namespace

std::string start_deliverer(const Settings& settings, const std::string& target) {
    return start_detached({"notify-deliver", "--directory", settings.directory.string(), target});
}

Notification addressed(const Settings& settings, Notification notification) {
    notification.time_unix_ns = now_unix_ns();
    notification.id = new_id(notification.time_unix_ns);
    notification.project = settings.project_name.empty() ? project_name_for(settings.directory)
                                                         : settings.project_name;
    notification.user = user_name();
    notification.host = host_name();
    return notification;
}

std::string send(const Settings& settings, Notification notification, const DelivererStart& start) {
    std::string problems;
    const auto add_problem = [&](const std::string& target, const std::string& what) {
        problems += (problems.empty() ? "not notified: " : "; ") + target + ": " + what;
    };
    bool is_addressed = false;
    for (const auto& [name, target] : settings.notify) {
        if (!target.wants(name_of(notification.kind))) {
            continue;
        }
        try {
            if (!is_addressed) {
                notification = addressed(settings, std::move(notification));
                is_addressed = true;
            }
            Spool(settings.deployment_directory, name).add(notification);
            if (const std::string problem = start(settings, name); !problem.empty()) {
                add_problem(name, problem);
            }
        } catch (const std::exception& error) {
            add_problem(name, error.what());
        }
    }
    return problems;
}

std::string deliver_what_waits(const Settings& settings, const DelivererStart& start) {
    std::string problems;
    for (const auto& [name, target] : settings.notify) {
        try {
            // Where a deliverer is at work another one ends at once.
            const bool waits = !Spool(settings.deployment_directory, name).waiting().empty();
            if (const std::string problem = waits ? start(settings, name) : ""; !problem.empty()) {
                problems += (problems.empty() ? "" : "; ") + name + ": " + problem;
            }
        } catch (const std::exception& error) {
            problems += (problems.empty() ? "" : "; ") + name + ": " + error.what();
        }
    }
    return problems.empty() ? problems : "notifications wait: " + problems;
}

}  // namespace teal::cli
