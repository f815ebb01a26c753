// Where teal-probe is.
#pragma once

#include <filesystem>

namespace teal::cli {

inline constexpr char kProbeProgramRemedy[] = "install Teal as a whole again (make install)";

// TEAL_PROBE, or beside `teal`. Throws Error when it is not there.
std::filesystem::path probe_program();

}  // namespace teal::cli
