#include "cli/ramp/ramp_driver.hpp"

#include "cli/error.hpp"
#include "cli/output/quantities.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

constexpr auto kAskEvery = std::chrono::seconds(1);  // whether an absent canary is back

bool is_settled(const Ramp& ramp) {
    return has_ended(ramp.phase) && ramp.published && ramp.recorded && ramp.told == ramp.log.size();
}

}  // namespace

std::unique_ptr<RampDriver> RampDriver::take(RampControl& control, const std::string& name,
                                             const std::string& holder) {
    std::optional<table::WriterLock> lock = control.store().try_drive(name, holder);
    return lock ? std::unique_ptr<RampDriver>(new RampDriver(control, name, std::move(*lock)))
                : nullptr;
}

Ramp RampDriver::look() {
    control_.change(name_, advance_ramp);
    return control_.tell_and_record(name_);
}

Ramp drive_to_its_end(RampDriver& driver, const std::function<void(const Ramp&)>& on_look,
                      const std::function<void(const std::string&)>& on_problem,
                      const std::function<bool(double seconds)>& pause) {
    std::string last_problem;
    Ramp ramp;
    do {
        try {
            ramp = driver.look();
            last_problem.clear();
            on_look(ramp);
            if (is_settled(ramp)) {
                break;
            }
        } catch (const Error& error) {
            if (last_problem != error.what()) {
                last_problem = error.what();
                on_problem(last_problem);
            }
        }
    } while (pause(kLookEvery_s));
    return ramp;
}

bool RampPatrol::is_waited_for(const Ramp& ramp,
                               const std::function<void(const std::string&)>& on_problem) {
    const bool has_traffic = ramp.terms.lease_holds || ramp.lease_expires_unix_ns > now_unix_ns();
    if (has_ended(ramp.phase) || has_traffic) {
        return false;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto asked = asked_.find(ramp.name());
    if (asked != asked_.end() && now < asked->second + kAskEvery) {
        return true;
    }
    const std::string objection = objection_(ramp);
    if (objection.empty()) {
        asked_.erase(ramp.name());
    } else {
        asked_[ramp.name()] = now;
    }
    if (!objection.empty() && objection != last_problem_) {
        last_problem_ = objection;
        on_problem(objection);
    }
    return !objection.empty();
}

void RampPatrol::find(const std::function<void(const std::string&)>& on_problem) {
    std::vector<std::string> damaged;
    for (const Ramp& ramp : control_.store().list(&damaged)) {
        const std::string name = ramp.name();
        const bool known = std::any_of(driven_.begin(), driven_.end(),
                                       [&](const Driven& driven) { return driven.name == name; });
        if (known || is_settled(ramp) || is_waited_for(ramp, on_problem)) {
            continue;
        }
        if (auto driver = RampDriver::take(control_, name, holder_)) {
            driven_.push_back({name, std::move(driver)});
        }
    }
    if (!damaged.empty() && damaged.front() != last_problem_) {
        last_problem_ = damaged.front();
        on_problem(last_problem_);
    }
}

void RampPatrol::look(const std::function<void(const std::string&)>& on_problem) {
    const auto tell = [&](const Error& error) {
        if (last_problem_ != error.what()) {
            last_problem_ = error.what();
            on_problem(last_problem_);
        }
    };
    try {
        find(on_problem);
    } catch (const Error& error) {
        tell(error);
    }
    std::erase_if(driven_, [&](const Driven& driven) {
        try {
            return is_settled(driven.driver->look());
        } catch (const Error& error) {
            tell(error);
            return error.code() == ExitCode::nothing_there;  // its file is gone
        }
    });
}

}  // namespace teal::cli
