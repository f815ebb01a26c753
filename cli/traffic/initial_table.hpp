// What `teal init` puts into the world: directories, table, secret and splits; every step leaves
// alone what is there.
#pragma once

#include "cli/traffic/table_paths.hpp"
#include "shared/table/restore.hpp"
#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct InitialSplit {
    std::string name;
    std::vector<std::string> variants;
};

struct SplitOutcome {
    table::SplitImage split;
    bool created = false;
    std::vector<std::string> variants_added{};
};

// What was done, or with `dry_run` what would be.
struct InitOutcome {
    bool table_created = false;
    bool table_restored = false;
    bool secret_created = false;
    std::uint32_t capacity = 0;
    std::uint64_t generation = 0;
    std::vector<SplitOutcome> splits{};  // those of the plan, in its order
    std::string save_warning{};
};

struct InitPlan {
    TablePaths paths;
    std::vector<InitialSplit> splits{};
    std::optional<std::uint32_t> capacity{};
    bool dry_run = false;
};

// All splits in one publication. Throws Error.
InitOutcome initialise(const InitPlan& plan);

}  // namespace teal::cli
