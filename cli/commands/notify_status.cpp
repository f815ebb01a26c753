#include "cli/commands/notify_status.hpp"

#include "cli/notify/spool.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

namespace teal::cli {
namespace {

constexpr char kNotifyStatusHelp[] =
    "Examples:\n"
    "  teal notify status\n"
    "  teal notify status --json | jq '.notifications[] | select(.failed)'\n"
    "\n"
    "Who is told of what, which notifications wait for their next attempt, and which were given\n"
    "up, with the reason; the newest 100 of each target are kept. Exit code 1 when one was given\n"
    "up.\n";

std::vector<SpooledNotification> spooled(const Settings& settings) {
    std::vector<SpooledNotification> all;
    for (const std::string& target : spooled_targets(settings.deployment_directory)) {
        const Spool spool(settings.deployment_directory, target);
        for (const auto& some : {spool.failed(), spool.waiting()}) {
            all.insert(all.end(), some.begin(), some.end());
        }
    }
    return all;
}

std::string events_text(const NotifyTarget& target) {
    std::string text;
    for (const std::string& event : target.events) {
        text += (text.empty() ? "" : ", ") + event;
    }
    return text.empty() ? "all" : text;
}

std::string status_text(const Settings& settings,
                        const std::vector<SpooledNotification>& notifications) {
    if (settings.notify.empty() && notifications.empty()) {
        return "nobody is notified: teal notify --help says how\n";
    }
    TextTable targets("lll");
    targets.add({"TARGET", "KIND", "EVENTS"});
    for (const auto& [name, target] : settings.notify) {
        targets.add({name, name_of(target.kind), events_text(target)});
    }
    std::string text = targets.text("");
    if (notifications.empty()) {
        return text + "\nnothing waits, nothing was given up\n";
    }
    TextTable rows("lllrl");
    rows.add({"TARGET", "EVENT", "AGE", "ATTEMPTS", "STATE"});
    for (const SpooledNotification& one : notifications) {
        rows.add({one.target, name_of(one.notification.kind),
                  age_text(one.notification.time_unix_ns), std::to_string(one.attempts),
                  (one.failed ? "given up" : "waits") +
                      (one.problem.empty() ? "" : ": " + one.problem)});
    }
    return text + "\n" + rows.text("");
}

nlohmann::ordered_json status_json(const Settings& settings,
                                   const std::vector<SpooledNotification>& notifications) {
    nlohmann::ordered_json json{{"targets", nlohmann::ordered_json::array()},
                                {"notifications", nlohmann::ordered_json::array()}};
    for (const auto& [name, target] : settings.notify) {
        json["targets"].push_back(
            {{"name", name}, {"kind", name_of(target.kind)}, {"events", target.events}});
    }
    for (const SpooledNotification& one : notifications) {
        json["notifications"].push_back(
            {{"target", one.target},
             {"failed", one.failed},
             {"attempts", one.attempts},
             {"problem", one.problem},
             {"notification", nlohmann::ordered_json::parse(to_json_text(one.notification))}});
    }
    return json;
}

}  // namespace

ExitCode run_notify_status(const NotifyStatusOptions& options) {
    const Settings settings = load_settings(options.project);
    const std::vector<SpooledNotification> notifications = spooled(settings);
    print(options.json ? status_json(settings, notifications).dump() + "\n"
                       : status_text(settings, notifications));
    const bool gave_up = std::any_of(notifications.begin(), notifications.end(),
                                     [](const SpooledNotification& one) { return one.failed; });
    return gave_up ? ExitCode::failed : ExitCode::ok;
}

void add_notify_status(CLI::App& notify, ExitCode& result) {
    auto options = std::make_shared<NotifyStatusOptions>();
    CLI::App& command = *notify.add_subcommand("status", "what waits and what was given up");
    command.footer(kNotifyStatusHelp);
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_notify_status(*options); });
}

}  // namespace teal::cli
