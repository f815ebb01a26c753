#include "cli/commands/ramp_screen.hpp"

#include "cli/output/quantities.hpp"
#include "cli/output/ramp_output.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

constexpr unsigned kLooksBetweenViews = 5;

}  // namespace

void RampScreen::show(const Ramp& ramp) {
    if (live_ && (looks_++ % kLooksBetweenViews == 0 || has_ended(ramp.phase))) {
        view_.show(ramp_status_text(take_picture(control_, ramp)));
    }
}

ExitCode drive_on_screen(RampDriver& driver, RampScreen& screen) {
    const Ramp ramp = drive_to_its_end(
        driver, [&](const Ramp& now) { screen.show(now); },
        [](const std::string& problem) { warn(problem); },
        [&](double seconds) { return screen.pause(seconds); });
    if (!has_ended(ramp.phase)) {
        warn(
            fmt::format("no longer driven from here: teal agent goes on, or the lease ends at {}; "
                        "to drive it again: teal canary drive; to end it: teal canary abort",
                        time_text(ramp.lease_expires_unix_ns)));
    }
    return exit_code_of(ramp.phase);
}

}  // namespace teal::cli
