#include "cli/health/probe_program.hpp"

#include "cli/process/companion.hpp"

namespace teal::cli {

std::filesystem::path probe_program() {
    return companion_program("teal-probe", "TEAL_PROBE");
}

}  // namespace teal::cli
