#include "cli/health/probe_program.hpp"

#include "cli/error.hpp"

#include <unistd.h>
#include <cstdlib>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kProgram[] = "teal-probe";

}  // namespace

// Beside `teal` (a build directory), or where `make install` puts it. Never from PATH: what is
// called here gets to see the headers of probes.
std::filesystem::path probe_program() {
    if (const char* named = std::getenv("TEAL_PROBE"); named != nullptr && *named != '\0') {
        return named;
    }
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    const fs::path here = self.parent_path();
    const fs::path places[] = {here / kProgram, here.parent_path() / "libexec/teal" / kProgram};
    for (const fs::path& place : places) {
        if (access(place.c_str(), X_OK) == 0) {
            return place;
        }
    }
    throw failure(std::string(kProgram) + ": neither " + places[0].string() + " nor " +
                      places[1].string() + " can be run",
                  kProbeProgramRemedy);
}

}  // namespace teal::cli
