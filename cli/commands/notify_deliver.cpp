#include "cli/commands/notify_deliver.hpp"

#include "cli/notify/delivery.hpp"
#include "cli/project/settings.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace teal::cli {
namespace {

struct NotifyDeliverOptions {
    ProjectOptions project;
    std::string target{};
};

}  // namespace

void add_notify_deliver(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<NotifyDeliverOptions>();
    CLI::App& command = *app.add_subcommand("notify-deliver", "delivers what one target waits for");
    command.group("");
    command.add_option("target", options->target)->required();
    add_project_options(command, options->project);
    command.callback([options, &result] {
        const Settings settings = load_settings(options->project);
        const auto target = settings.notify.find(options->target);
        if (target != settings.notify.end()) {  // else it was taken out meanwhile
            deliver_to(target->second, settings.directory,
                       Spool(settings.deployment_directory, options->target));
        }
        result = ExitCode::ok;
    });
}

}  // namespace teal::cli
