#include "cli/experiment/experiment_store.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>
#include <cctype>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kStorePatience = std::chrono::seconds(10);
constexpr std::size_t kLongestName = 63;

bool is_name_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

}  // namespace

void check_experiment_name(const std::string& name) {
    if (name.empty() || name.size() > kLongestName || name.front() == '.' || name.front() == '-' ||
        !std::all_of(name.begin(), name.end(), is_name_letter)) {
        throw wrong_input("\"" + name + "\" cannot be an experiment's name",
                          "use up to 63 letters, digits, \"-\", \"_\" and \".\", as in "
                          "checkout-colour");
    }
}

ExperimentStore::ExperimentStore(const TablePaths& paths)
    : directory_(fs::path(paths.saved).parent_path() / "experiments") {}

fs::path ExperimentStore::file_of(const std::string& name) const {
    return directory_ / (name + ".json");
}

std::optional<Experiment> ExperimentStore::load(const std::string& name) const {
    const fs::path file = file_of(name);
    const std::optional<std::string> text = read_if_exists(file);
    return text ? std::optional(parse_experiment(file.string(), *text)) : std::nullopt;
}

Experiment ExperimentStore::require(const std::string& name) const {
    check_experiment_name(name);
    if (std::optional<Experiment> found = load(name)) {
        return std::move(*found);
    }
    std::vector<std::string> known;
    for (const Experiment& other : list()) {
        known.push_back(other.name);
    }
    throw nothing_there(
        "there is no experiment " + name + did_you_mean(name, known),
        known.empty() ? "begin it: teal ab start " + name + " --split SPLIT" : "teal ab list");
}

std::vector<Experiment> ExperimentStore::list(std::vector<std::string>* damaged) const {
    std::vector<Experiment> experiments;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(directory_, none)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        try {
            if (std::optional<Experiment> found = load(entry.path().stem().string())) {
                experiments.push_back(std::move(*found));
            }
        } catch (const Error& error) {
            if (damaged == nullptr) {
                throw;
            }
            damaged->push_back(error.what());
        }
    }
    std::sort(experiments.begin(), experiments.end(), [](const Experiment& a, const Experiment& b) {
        return a.is_under_way() != b.is_under_way() ? a.is_under_way()
                                                    : a.started_unix_ns > b.started_unix_ns;
    });
    return experiments;
}

void ExperimentStore::save(const Experiment& experiment) const {
    write_durably(file_of(experiment.name), experiment_text(experiment));
}

DirectoryLock ExperimentStore::lock() const {
    make_directory(directory_);
    return {directory_, kStorePatience};
}

std::optional<Experiment> experiment_on(const ExperimentStore& store, const std::string& split,
                                        std::vector<std::string>* damaged) {
    for (Experiment& found : store.list(damaged)) {
        if (found.split == split && found.is_under_way()) {
            return std::move(found);
        }
    }
    return std::nullopt;
}

}  // namespace teal::cli
