// Where teal-probe is.
#pragma once

#include "cli/process/companion.hpp"

#include <filesystem>

namespace teal::cli {

inline constexpr const char* kProbeProgramRemedy = kReinstall;

// TEAL_PROBE, or beside `teal`. Throws Error when it is not there.
std::filesystem::path probe_program();

}  // namespace teal::cli
