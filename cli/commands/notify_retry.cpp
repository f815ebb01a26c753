#include "cli/commands/notify_retry.hpp"

#include "cli/error.hpp"
#include "cli/notify/named_targets.hpp"
#include "cli/notify/send.hpp"
#include "cli/notify/spool.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <memory>

namespace teal::cli {
namespace {

constexpr char kNotifyRetryHelp[] =
    "Examples:\n"
    "  teal notify retry                once the receivers can be reached again\n"
    "  teal notify retry ops\n"
    "  teal notify retry ops --drop     forget what was given up instead\n"
    "\n"
    "Delivered as ever: by a process of its own, in the order it happened, with the time it\n"
    "happened at. teal notify status says what became of it.\n";

}  // namespace

ExitCode run_notify_retry(const NotifyRetryOptions& options) {
    const Settings settings = load_settings(options.project);
    for (const auto& [name, target] : named_targets(settings, options.target)) {
        const Spool spool(settings.deployment_directory, name);
        const std::size_t count = options.drop ? spool.drop_failed() : spool.revive_failed();
        if (options.drop) {
            print_line(fmt::format("{}: {} forgotten", name, count));
            continue;
        }
        const std::size_t waiting = spool.waiting().size();
        if (waiting > 0) {
            if (const std::string problem = start_deliverer(settings, name); !problem.empty()) {
                throw failure(name + ": no deliverer can be started: " + problem,
                              "try again when the machine has room for another process");
            }
        }
        print_line(fmt::format("{}: {} to be delivered", name, waiting));
    }
    return ExitCode::ok;
}

void add_notify_retry(CLI::App& notify, ExitCode& result) {
    auto options = std::make_shared<NotifyRetryOptions>();
    CLI::App& command = *notify.add_subcommand("retry", "send again what was given up");
    command.footer(kNotifyRetryHelp);
    command.add_option("target", options->target, "NAME of [notify.NAME] (default: all)")
        ->type_name("NAME");
    command.add_flag("--drop", options->drop, "forget what was given up instead");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_notify_retry(*options); });
}

}  // namespace teal::cli
