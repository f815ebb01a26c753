// What `teal agent` does for experiments: it looks at them now and then, so that little is lost
// when nginx's counters begin anew, and says once when there is a verdict.
#pragma once

#include "cli/experiment/experiment_control.hpp"
#include "cli/project/settings.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>

namespace teal::cli {

class ExperimentPatrol {
public:
    ExperimentPatrol(const Settings& settings, bool json);

    // Never throws Error: what is wrong with an experiment is told once, and hinders nothing else.
    void look();
    // The same, at most every ten seconds.
    void look_if_due();

private:
    void tell_verdicts();
    void tell_problem(const std::string& text);

    ExperimentControl control_;
    bool json_;
    std::chrono::steady_clock::time_point next_{};
    std::map<std::string, std::string> told_verdicts_;  // by experiment
    std::set<std::string> told_problems_;
};

}  // namespace teal::cli
