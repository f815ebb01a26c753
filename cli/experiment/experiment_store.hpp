// Experiments on disk: experiments/NAME.json beside the table's saved copy. One that ended stays
// there: it is the history of what was decided, and on which numbers.
//
// Whoever reads one to change it locks the directory meanwhile.
#pragma once

#include "cli/experiment/experiment.hpp"
#include "cli/files/directory_lock.hpp"
#include "cli/traffic/table_paths.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

std::string experiment_text(const Experiment& experiment);
// Throws Error naming the file and what is wrong with it.
Experiment parse_experiment(const std::string& file, const std::string& text);

// Letters, digits, "-", "_" and ".", not first a dot; at most 63. Throws Error (wrong input).
void check_experiment_name(const std::string& name);

class ExperimentStore {
public:
    explicit ExperimentStore(const TablePaths& paths);

    const std::filesystem::path& directory() const { return directory_; }
    std::filesystem::path file_of(const std::string& name) const;

    // Those under way first, then the newest. Damaged ones go into `damaged`, or throw Error when
    // it is null.
    std::vector<Experiment> list(std::vector<std::string>* damaged = nullptr) const;
    std::optional<Experiment> load(const std::string& name) const;
    // Throws Error (nothing there) with a suggestion.
    Experiment require(const std::string& name) const;
    // Atomic and durable. REQUIRES: the directory is locked.
    void save(const Experiment& experiment) const;

    // To read and change. Makes the directory. Throws Error.
    DirectoryLock lock() const;

private:
    std::filesystem::path directory_;
};

// The one that is under way on the split. Damaged records as in list().
std::optional<Experiment> experiment_on(const ExperimentStore& store, const std::string& split,
                                        std::vector<std::string>* damaged = nullptr);

}  // namespace teal::cli
