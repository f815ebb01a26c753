#include "cli/commands/notify_test.hpp"

#include "cli/error.hpp"
#include "cli/notify/attempt.hpp"
#include "cli/notify/named_targets.hpp"
#include "cli/notify/send.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

namespace teal::cli {
namespace {

constexpr char kNotifyTestHelp[] =
    "Examples:\n"
    "  teal notify test                 every target of teal.toml\n"
    "  teal notify test ops             this one\n"
    "  teal notify test --json\n"
    "\n"
    "One attempt, at once and without the spool, whatever events the target has subscribed to.\n"
    "Exit codes: 0 all delivered, 1 one was not (it is named, with the reason), 2 no such target,\n"
    "5 there is no [notify.NAME] in teal.toml.\n";

AttemptResult try_target(const Settings& settings, const NotifyTarget& target,
                         const Notification& notification) {
    try {
        return attempt_delivery(open_destination(target, settings.directory), notification,
                                now_unix_ns() / 1'000'000'000u);
    } catch (const Error& error) {
        AttemptResult result;
        result.problem = error.what();
        return result;
    }
}

}  // namespace

ExitCode run_notify_test(const NotifyTestOptions& options) {
    const Settings settings = load_settings(options.project);
    const NotifyTargets targets = named_targets(settings, options.target);
    Notification notification;
    notification.summary = "A test: this is how deployments and canaries are told of.";
    notification.command = "teal notify status";
    notification = addressed(settings, std::move(notification));
    std::vector<std::string> failed;
    nlohmann::ordered_json json{{"targets", nlohmann::ordered_json::array()}};
    for (const auto& [name, target] : targets) {
        const AttemptResult attempt = try_target(settings, target, notification);
        if (!attempt.delivered) {
            failed.push_back(name);
        }
        if (options.json) {
            json["targets"].push_back({{"name", name},
                                       {"kind", name_of(target.kind)},
                                       {"delivered", attempt.delivered},
                                       {"problem", attempt.problem}});
        } else {
            print_line(name + " (" + name_of(target.kind) +
                       "): " + (attempt.delivered ? "delivered" : "failed: " + attempt.problem));
        }
    }
    if (options.json) {
        print_line(json.dump());
    }
    return failed.empty() ? ExitCode::ok : ExitCode::failed;
}

void add_notify_test(CLI::App& notify, ExitCode& result) {
    auto options = std::make_shared<NotifyTestOptions>();
    CLI::App& command = *notify.add_subcommand("test", "send one and wait for the outcome");
    command.footer(kNotifyTestHelp);
    command.add_option("target", options->target, "NAME of [notify.NAME] (default: all)")
        ->type_name("NAME");
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_notify_test(*options); });
}

}  // namespace teal::cli
