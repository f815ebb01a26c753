#include "cli/commands/urls.hpp"

#include "cli/deployment/url_overview.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/url_output.hpp"
#include "cli/stack/open_stack.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kUrlsHelp[] =
    "Examples:\n"
    "  teal urls\n"
    "  teal urls --json | jq -r '.urls[].url'\n"
    "\n"
    "Each entry's URL through nginx, and behind it each color's endpoints, with what they answer\n"
    "now. A URL is what [nginx] url, teal.smoke and the last deployment's smoke test say; else "
    "what\n"
    "nginx listens on is tried. Returns 0 when every URL answers, 1 when one does not, 5 when\n"
    "nothing is deployed.\n";

}  // namespace

ExitCode run_urls(const UrlsOptions& options) {
    const Settings settings = load_settings(options.project);
    const std::unique_ptr<Stack> stack = open_stack(settings);
    const UrlOverview overview = look_at_urls(settings, *stack);
    print(options.json ? urls_json(overview).dump() + "\n" : urls_text(overview));
    for (const std::string& remark : overview.remarks) {
        warn(remark);
    }
    return overview.all_answer() ? ExitCode::ok : ExitCode::failed;
}

void add_urls(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<UrlsOptions>();
    CLI::App& command = *app.add_subcommand("urls", "every URL and endpoint, and what it answers");
    command.footer(kUrlsHelp);
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->project);
    command.callback([options, &result] { result = run_urls(*options); });
}

}  // namespace teal::cli
