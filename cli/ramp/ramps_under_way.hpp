// The canaries that are under way, for whoever only looks.
#pragma once

#include "cli/ramp/ramp_picture.hpp"
#include "cli/traffic/table_paths.hpp"

#include <string>
#include <vector>

namespace teal::cli {

class RampsUnderWay {
public:
    explicit RampsUnderWay(const TablePaths& paths) : control_(paths, "watch", {}) {}

    // Pictures of those about one of the splits (all, when none is named), as they are now.
    std::vector<RampPicture> look(const std::vector<std::string>& splits);
    // Why some of them could not be read, at the last look; empty: all could.
    const std::string& problem() const { return problem_; }

private:
    RampControl control_;
    std::string problem_;
};

}  // namespace teal::cli
