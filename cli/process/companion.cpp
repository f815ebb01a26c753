#include "cli/process/companion.hpp"

#include "cli/error.hpp"

#include <unistd.h>
#include <cstdlib>

namespace teal::cli {

namespace fs = std::filesystem;

fs::path companion_program(const char* name, const char* variable) {
    if (const char* named = std::getenv(variable); named != nullptr && *named != '\0') {
        return named;
    }
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    const fs::path here = self.parent_path();
    const fs::path places[] = {here / name, here.parent_path() / "libexec/teal" / name};
    for (const fs::path& place : places) {
        if (access(place.c_str(), X_OK) == 0) {
            return place;
        }
    }
    throw failure(std::string(name) + ": neither " + places[0].string() + " nor " +
                      places[1].string() + " can be run",
                  kReinstall);
}

}  // namespace teal::cli
