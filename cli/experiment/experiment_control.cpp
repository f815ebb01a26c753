#include "cli/experiment/experiment_control.hpp"

#include "cli/error.hpp"
#include "cli/experiment/look.hpp"
#include "cli/output/quantities.hpp"
#include "cli/traffic/table_session.hpp"

#include <unistd.h>

namespace teal::cli {

void ExperimentControl::look_now(Experiment& experiment) {
    if (experiment.phase != ExperimentPhase::running) {
        return;
    }
    nginx_.follow();
    if (const std::string problem = nginx_.problem(); !problem.empty()) {
        throw failure("nginx's counters cannot be read: " + problem,
                      "run as root or as nginx's worker user");
    }
    look_at(experiment, read_table(paths_), nginx_, now_unix_ns());
}

Experiment ExperimentControl::look(const std::string& name, bool* kept) {
    store_.require(name);
    const bool may_write = access(store_.directory().c_str(), W_OK) == 0;
    if (kept != nullptr) {
        *kept = may_write;
    }
    if (!may_write) {
        Experiment experiment = store_.require(name);
        look_now(experiment);
        return experiment;
    }
    const DirectoryLock lock = store_.lock();
    Experiment experiment = store_.require(name);
    const std::string before = experiment_text(experiment);
    look_now(experiment);
    if (experiment_text(experiment) != before) {
        store_.save(experiment);
    }
    return experiment;
}

void ExperimentControl::look_at_all(const std::function<void(const std::string&)>& on_problem) {
    std::vector<std::string> damaged;
    for (const Experiment& experiment : store_.list(&damaged)) {
        if (experiment.phase != ExperimentPhase::running) {
            continue;
        }
        try {
            look(experiment.name);
        } catch (const Error& error) {
            on_problem(experiment.name + ": " + error.what());
        }
    }
    for (const std::string& problem : damaged) {
        on_problem(problem);
    }
}

}  // namespace teal::cli
