// A ramp as its driver's terminal shows it, for the commands that drive one in the foreground.
#pragma once

#include "cli/output/live_view.hpp"
#include "cli/ramp/ramp_driver.hpp"

namespace teal::cli {

class RampScreen {
public:
    // `live`: the whole ramp again and again; else nothing, its events are told as they come. From
    // here on a Ctrl-C ends the driving in an orderly way. `control` outlives it.
    RampScreen(RampControl& control, bool live) : control_(control), live_(live) {}

    void show(const Ramp& ramp);
    // False when it is to end.
    bool pause(double seconds) { return view_.pause(seconds); }

private:
    RampControl& control_;
    LiveView view_{};
    bool live_;
    unsigned looks_ = 0;
};

// Until the ramp has ended or the user leaves it; the exit code of either.
ExitCode drive_on_screen(RampDriver& driver, RampScreen& screen);

}  // namespace teal::cli
