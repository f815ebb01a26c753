// What `teal init` puts into the world: directories, table, secret and a split; every step leaves
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

// What was done, or with `dry_run` what would be.
struct InitOutcome {
    bool table_created = false;
    bool table_restored = false;
    bool secret_created = false;
    bool split_created = false;
    std::vector<std::string> variants_added;
    std::uint32_t capacity = 0;
    std::uint64_t generation = 0;
    std::optional<table::SplitImage> split;
    std::string save_warning;
};

struct InitPlan {
    TablePaths paths;
    std::optional<InitialSplit> split;
    std::optional<std::uint32_t> capacity;
    bool dry_run = false;
};

// Throws Error.
InitOutcome initialise(const InitPlan& plan);

// Adds the split, 100 % on its first variant, or the variants it lacks, with weight 0. Throws Error
// (wrong input) when there is no room.
void add_split(table::TableImage& image, const InitialSplit& wanted, std::uint32_t capacity,
               InitOutcome& outcome);

}  // namespace teal::cli
