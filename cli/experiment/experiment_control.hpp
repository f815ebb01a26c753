// Looking at experiments and writing down what was seen: what report, list, stop and the agent do.
#pragma once

#include "cli/experiment/experiment_store.hpp"
#include "cli/traffic/nginx_view.hpp"
#include "cli/traffic/table_paths.hpp"

#include <functional>
#include <string>

namespace teal::cli {

class ExperimentControl {
public:
    explicit ExperimentControl(TablePaths paths)
        : paths_(std::move(paths)), store_(paths_), nginx_(paths_.counters) {}

    const TablePaths& paths() const { return paths_; }
    const ExperimentStore& store() const { return store_; }
    NginxView& nginx() { return nginx_; }

    // Looks at it if it runs, and keeps what is new. A user who may not write sees the same, but
    // it is not kept; `kept` says so. Throws Error (nothing there) for a name nobody used.
    Experiment look(const std::string& name, bool* kept = nullptr);
    // Looks at all that run. What cannot be looked at is told, and no reason to leave out others.
    void look_at_all(const std::function<void(const std::string&)>& on_problem);

private:
    void look_now(Experiment& experiment);

    TablePaths paths_;
    ExperimentStore store_;
    NginxView nginx_;
};

}  // namespace teal::cli
