// `teal doctor`: looks at everything Teal needs and says what is wrong.
#pragma once

#include "cli/diagnosis/examination.hpp"
#include "cli/exit_codes.hpp"

namespace CLI {
class App;
}

namespace teal::cli {

struct DoctorOptions {
    DoctorRequest request;
    bool json = false;
};

void add_doctor(CLI::App& app, ExitCode& result);
ExitCode run_doctor(const DoctorOptions& options);

}  // namespace teal::cli
