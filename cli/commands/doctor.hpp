// `teal doctor`: looks at everything Teal needs and says what is wrong.
#pragma once

#include "cli/commands/table_options.hpp"
#include "cli/exit_codes.hpp"

#include <string>

namespace teal::cli {

struct DoctorOptions {
    TableOptions table;
    std::string nginx_module;
    bool json = false;
};

void add_doctor(CLI::App& app, ExitCode& result);
ExitCode run_doctor(const DoctorOptions& options);

}  // namespace teal::cli
