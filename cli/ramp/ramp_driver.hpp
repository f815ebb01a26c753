// Driving a ramp: looking again and again, and doing what follows.
#pragma once

#include "cli/ramp/ramp_control.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

inline constexpr double kLookEvery_s = 0.1;

// Holds the driver's lock of one ramp.
class RampDriver {
public:
    // Nothing when somebody else drives it. `control` outlives it.
    static std::unique_ptr<RampDriver> take(RampControl& control, const std::string& name,
                                            const std::string& holder);

    // One look and what follows from it; the ramp as it is then. Throws Error, and may be called
    // again.
    Ramp look();

private:
    RampDriver(RampControl& control, std::string name, table::WriterLock lock)
        : control_(control), name_(std::move(name)), lock_(std::move(lock)) {}

    RampControl& control_;
    std::string name_;
    table::WriterLock lock_;
};

// Until the ramp has ended, or `pause` returns false; `on_look` is told each look. What goes wrong
// meanwhile is told to `on_problem`, once, and tried again.
Ramp drive_to_its_end(RampDriver& driver, const std::function<void(const Ramp&)>& on_look,
                      const std::function<void(const std::string&)>& on_problem,
                      const std::function<bool(double seconds)>& pause);

// Everything that nobody else drives: what `teal agent` looks after.
class RampPatrol {
public:
    // Why a ramp whose lease ran out, as in a reboot, is not to be taken up yet; empty: it is. Its
    // canary gets traffic from then on. Throws Error.
    using Objection = std::function<std::string(const Ramp&)>;

    RampPatrol(RampControl& control, std::string holder, Objection objection)
        : control_(control), holder_(std::move(holder)), objection_(std::move(objection)) {}

    // One look at every ramp. Problems are told once. Never throws Error.
    void look(const std::function<void(const std::string&)>& on_problem);

private:
    struct Driven {
        std::string name;
        std::unique_ptr<RampDriver> driver;
    };
    void find(const std::function<void(const std::string&)>& on_problem);
    bool is_waited_for(const Ramp& ramp, const std::function<void(const std::string&)>& on_problem);

    RampControl& control_;
    std::string holder_;
    Objection objection_;
    std::vector<Driven> driven_{};
    std::string last_problem_{};
    std::map<std::string, std::chrono::steady_clock::time_point> asked_{};  // ramps waited for
};

}  // namespace teal::cli
