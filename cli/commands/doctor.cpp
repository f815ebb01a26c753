#include "cli/commands/doctor.hpp"

#include "cli/diagnosis/checks.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kHelp[] =
    "Examples:\n"
    "  teal doctor\n"
    "  teal doctor --json | jq '.findings[] | select(.severity == \"problem\")'\n"
    "\n"
    "Changes nothing. Returns 0 when there is no problem (warnings do not count), 1 when there "
    "is.\n";

constexpr const char* kSeverities[] = {"ok", "warning", "problem"};

const char* severity_text(Severity severity) {
    return kSeverities[static_cast<unsigned>(severity)];
}

Findings examine(const DoctorOptions& options) {
    const TablePaths paths = options.table.paths();
    const NginxView nginx(paths.counters);
    Findings findings;
    const std::optional<table::TableImage> image = check_table(paths, findings);
    check_saved_copy(paths, image, findings);
    check_lock(paths, findings);
    check_secret(paths, needs_secret(nginx), findings);
    check_space(paths, findings);
    if (!options.nginx_module.empty()) {
        check_module_file(options.nginx_module, findings);
    }
    check_counters(nginx, findings);
    if (nginx.is_open()) {
        check_workers(nginx, image ? image->generation : 0, findings);
    }
    if (image) {
        check_splits(*image, nginx, findings);
    }
    return findings;
}

std::string findings_text(const Findings& findings) {
    constexpr Colour kColours[] = {Colour::green, Colour::yellow, Colour::red};
    TextTable rows("lll");
    for (const Finding& finding : findings.list()) {
        rows.add({coloured(severity_text(finding.severity),
                           kColours[static_cast<unsigned>(finding.severity)]),
                  finding.subject, finding.text});
        if (!finding.remedy.empty()) {
            rows.add({"", "", "next: " + finding.remedy});
        }
    }
    return rows.text("") + fmt::format("\nproblems: {}, warnings: {}\n",
                                       findings.count(Severity::problem),
                                       findings.count(Severity::warning));
}

nlohmann::ordered_json findings_json(const Findings& findings) {
    nlohmann::ordered_json json{{"problems", findings.count(Severity::problem)},
                                {"warnings", findings.count(Severity::warning)},
                                {"findings", nlohmann::ordered_json::array()}};
    for (const Finding& finding : findings.list()) {
        json["findings"].push_back(
            {{"severity", severity_text(finding.severity)},
             {"subject", finding.subject},
             {"text", finding.text},
             {"next_step", finding.remedy.empty() ? nlohmann::ordered_json()
                                                  : nlohmann::ordered_json(finding.remedy)}});
    }
    return json;
}

}  // namespace

ExitCode run_doctor(const DoctorOptions& options) {
    const Findings findings = examine(options);
    print(options.json ? findings_json(findings).dump() + "\n" : findings_text(findings));
    return findings.count(Severity::problem) == 0 ? ExitCode::ok : ExitCode::failed;
}

void add_doctor(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<DoctorOptions>();
    CLI::App& command = *app.add_subcommand("doctor", "look at everything Teal needs");
    command.footer(kHelp);
    command.add_option("--nginx-module", options->nginx_module, "also look at this module's file")
        ->type_name("PATH");
    command.add_flag("--json", options->json, "print JSON");
    add_table_options(command, options->table);
    command.callback([options, &result] { result = run_doctor(*options); });
}

}  // namespace teal::cli
