#include "cli/commands/doctor.hpp"

#include "cli/output/findings_output.hpp"
#include "cli/output/screen.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

constexpr char kDoctorHelp[] =
    "Looks at the system, docker and compose, nginx and its module, the table, disks, the clock, "
    "and "
    "in a project at its files, ports, git state and deployments.\n"
    "\n"
    "Examples:\n"
    "  teal doctor\n"
    "  teal doctor -C /srv/shop\n"
    "  teal doctor --json | jq '.findings[] | select(.severity == \"problem\")'\n"
    "\n"
    "Changes nothing. Returns 0 when there is no problem (warnings do not count), 1 when there "
    "is.\n";

}  // namespace

ExitCode run_doctor(const DoctorOptions& options) {
    const Diagnosis diagnosis = diagnose(options.request);
    print(options.json ? diagnosis_json(diagnosis).dump() + "\n" : diagnosis_text(diagnosis));
    return diagnosis.findings.count(Severity::problem) == 0 ? ExitCode::ok : ExitCode::failed;
}

void add_doctor(CLI::App& app, ExitCode& result) {
    auto options = std::make_shared<DoctorOptions>();
    CLI::App& command = *app.add_subcommand("doctor", "look at everything Teal needs");
    command.footer(kDoctorHelp);
    command
        .add_option("--nginx-module", options->request.nginx_module,
                    "the module's file (default: where nginx looks for it)")
        ->type_name("PATH");
    command.add_flag("--json", options->json, "print JSON");
    add_project_options(command, options->request.project);
    command.callback([options, &result] { result = run_doctor(*options); });
}

}  // namespace teal::cli
