// Whether the migrations that a deployment brings may run while the old version serves.
//
// Those that the serving version's snapshot knows have run; they are read all the same, for what
// they tell of tables and types, and not complained about again.
#pragma once

#include "cli/migration/finding.hpp"
#include "cli/project/settings.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

struct MigrationStep {
    std::string name;  // below the directory
    bool deployed = false;
    bool marked_contract = false;
    migration::Phases phases{};
    std::size_t errors = 0;
    std::size_t unknown = 0;

    bool safe() const { return errors + unknown == 0; }
};

struct MigrationCheck {
    std::string directory;
    migration::LintOptions how{};
    std::vector<MigrationStep> steps{};          // all, in order
    std::vector<migration::Finding> findings{};  // of new ones, errors and what is unknown

    bool safe() const { return findings.empty(); }
    // "2 new migrations are not safe while blue serves: …". REQUIRES: not safe.
    std::string problem(const std::string& serving) const;
    std::string remedy() const;
};

// How the project's migrations are run, as its settings say.
migration::LintOptions lint_options(const Settings& settings);

// `known`: what the serving version's snapshot has; nothing: all are new. An empty directory name
// gives nothing to do. Throws Error (usage) when the directory or a file cannot be read.
MigrationCheck check_new_migrations(const std::filesystem::path& directory,
                                    const std::optional<std::vector<std::string>>& known,
                                    const migration::LintOptions& how);

// The names of all, in order, for the snapshot.
std::vector<std::string> migration_names(const std::filesystem::path& directory);

}  // namespace teal::cli
