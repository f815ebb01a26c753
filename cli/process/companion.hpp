// The programs that come with `teal` and do for it what needs libraries it does not load.
#pragma once

#include <filesystem>

namespace teal::cli {

inline constexpr char kReinstall[] = "install Teal as a whole again (make install)";

// `name`: "teal-probe". Beside `teal` (a build directory), or where `make install` puts it; the
// variable goes first. Never from PATH: what is called gets to see secrets. Throws Error.
std::filesystem::path companion_program(const char* name, const char* variable);

}  // namespace teal::cli
