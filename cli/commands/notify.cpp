#include "cli/commands/notify.hpp"

#include "cli/commands/command_choice.hpp"
#include "cli/commands/notify_retry.hpp"
#include "cli/commands/notify_status.hpp"
#include "cli/commands/notify_test.hpp"

#include <CLI/CLI.hpp>
#include <string>

namespace teal::cli {
namespace {

constexpr char kNotifyHelp[] =
    "In teal.toml, for example:\n"
    "  [notify.ops]\n"
    "  kind = \"slack\"                  # slack, discord, webhook or command\n"
    "  url_env = \"OPS_WEBHOOK_URL\"     # or url_file; never the URL itself: it is a secret\n"
    "  events = [\"deploy_failed\", \"tripped\", \"approval_wanted\"]     # all, when left out\n"
    "  [notify.audit]\n"
    "  kind = \"webhook\"\n"
    "  url = \"https://audit.example/teal\"\n"
    "  secret_env = \"AUDIT_SECRET\"     # X-Teal-Signature: sha256=HMAC of \"TIMESTAMP.BODY\"\n"
    "  [notify.pager]\n"
    "  kind = \"command\"\n"
    "  command = [\"bin/page\"]          # the event as JSON on stdin, and in TEAL_EVENT_*\n"
    "\n"
    "Events: deploy_started, deploy_finished, deploy_failed, rolled_back, step_reached,\n"
    "approval_wanted, tripped, promoted, aborted, inconclusive.\n"
    "\n";

}  // namespace

void add_notify(CLI::App& app, std::string_view called, ExitCode& result) {
    CLI::App& notify = *app.add_subcommand("notify", "who is told, and whether it reached them");
    notify.require_subcommand(1);
    notify.footer(std::string(kNotifyHelp) + kExitCodesHelp);
    const CommandEntry commands[] = {
        {"test", [&] { add_notify_test(notify, result); }},
        {"status", [&] { add_notify_status(notify, result); }},
        {"retry", [&] { add_notify_retry(notify, result); }},
    };
    add_called(commands, called);
}

}  // namespace teal::cli
