// What the commands of `teal upgrade` have in common: the project, its stack, and how progress is
// shown.
#pragma once

#include "cli/deployment/job.hpp"
#include "cli/output/progress_output.hpp"
#include "cli/project/settings.hpp"
#include "cli/stack/open_stack.hpp"

#include <memory>
#include <string>

namespace teal::cli {

struct UpgradeOptions {
    ProjectOptions project;
    bool json = false;
};

// A command at work: whatever happens, the last phase is shown as ended well or not.
class UpgradeRun {
public:
    explicit UpgradeRun(const UpgradeOptions& options)
        : settings(load_settings(options.project)),
          stack(open_stack(settings)),
          progress(make_progress(options.json)) {}
    ~UpgradeRun() {
        if (!ended_) {
            progress->end(false);
        }
    }
    UpgradeRun(const UpgradeRun&) = delete;
    UpgradeRun& operator=(const UpgradeRun&) = delete;

    void end_well() { end(true); }
    void end(bool well) {
        progress->end(well);
        ended_ = true;
    }

    Settings settings;
    std::unique_ptr<Stack> stack;
    std::unique_ptr<ProgressOutput> progress;

private:
    bool ended_ = false;
};

}  // namespace teal::cli
