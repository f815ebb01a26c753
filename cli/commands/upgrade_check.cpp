#include "cli/commands/upgrade_check.hpp"

#include "cli/commands/table_options.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/updates_output.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr double kUpgradeCheckPatience_s = 10;
constexpr double kMostPatience_s = 3600;

constexpr char kUpgradeCheckHelp[] =
    "Compares the images of the compose file with their registries by digest, the branch with its "
    "upstream, and nginx and its module with what runs.\n"
    "\n"
    "Examples:\n"
    "  teal upgrade check\n"
    "  teal upgrade check --json | jq -e '.newer > 0' && teal upgrade perform --pull\n"
    "\n"
    "Changes nothing and asks nothing: what needs a password is unknown. Returns 0 whether or not "
    "there is something newer, and also when a registry or a remote does not answer.\n";

}  // namespace

ExitCode run_upgrade_check(const UpgradeCheckOptions& options) {
    const double patience_s = options.timeout.empty()
                                  ? kUpgradeCheckPatience_s
                                  : parse_seconds("--timeout", options.timeout, kMostPatience_s);
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const Updates updates = look_for_updates(settings, *stack, milliseconds_of(patience_s));
    print(options.json ? updates_json(updates).dump() + "\n" : updates_text(updates));
    return ExitCode::ok;
}

void add_upgrade_check(CLI::App& upgrade, ExitCode& result) {
    auto options = std::make_shared<UpgradeCheckOptions>();
    CLI::App& command = *upgrade.add_subcommand("check", "whether there is something newer");
    command.footer(kUpgradeCheckHelp);
    command
        .add_option("--timeout", options->timeout,
                    "how long a registry or remote may take (default 10)")
        ->type_name("SECONDS");
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_upgrade_check(*options); });
}

}  // namespace teal::cli
