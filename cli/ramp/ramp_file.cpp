#include "cli/ramp/ramp_file.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"
#include "cli/suggestion.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kFilePatience = std::chrono::seconds(10);

std::vector<std::string> split_list(const std::vector<Ramp>& ramps) {
    std::vector<std::string> names;
    for (const Ramp& ramp : ramps) {
        for (const RampSplit& split : ramp.splits) {
            names.push_back(split.split);
        }
    }
    return names;
}

}  // namespace

RampStore::RampStore(const TablePaths& paths)
    : directory_(fs::path(paths.saved).parent_path() / "canary") {}

fs::path RampStore::file_of(const std::string& name) const {
    return directory_ / (name + ".json");
}

std::optional<Ramp> RampStore::load(const std::string& name) const {
    const fs::path file = file_of(name);
    const std::optional<std::string> text = read_if_exists(file);
    return text ? std::optional(parse_ramp(file.string(), *text)) : std::nullopt;
}

std::vector<Ramp> RampStore::list(std::vector<std::string>* damaged) const {
    std::vector<Ramp> ramps;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(directory_, none)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        try {
            if (std::optional<Ramp> ramp = load(entry.path().stem().string())) {
                ramps.push_back(std::move(*ramp));
            }
        } catch (const Error& error) {
            if (damaged == nullptr) {
                throw;
            }
            damaged->push_back(error.what());
        }
    }
    std::sort(ramps.begin(), ramps.end(), [](const Ramp& a, const Ramp& b) {
        const bool a_ended = has_ended(a.phase);
        const bool b_ended = has_ended(b.phase);
        return a_ended != b_ended ? b_ended : a.started_unix_ns > b.started_unix_ns;
    });
    return ramps;
}

void RampStore::save(const Ramp& ramp) const {
    write_durably(file_of(ramp.name()), ramp_text(ramp));
}

DirectoryLock RampStore::lock() const {
    make_directory(directory_);
    return {directory_, kFilePatience};
}

std::optional<table::WriterLock> RampStore::try_drive(const std::string& name,
                                                      const std::string& holder) const {
    make_directory(directory_);
    table::WriterLock lock;
    const std::string file = (directory_ / (name + ".driver")).string();
    const std::string problem = lock.acquire(file, std::chrono::milliseconds(0), holder);
    if (problem.empty()) {
        return lock;
    }
    if (problem.find(": held by ") == std::string::npos) {
        throw failure("the ramp cannot be driven: " + problem, "run as a user who may write there");
    }
    return std::nullopt;
}

std::string RampStore::driver_of(const std::string& name) const {
    return table::lock_holder((directory_ / (name + ".driver")).string());
}

Ramp chosen_ramp(const RampStore& store, const std::string& split) {
    const std::vector<Ramp> ramps = store.list();
    if (split.empty()) {
        const auto under_way = std::count_if(
            ramps.begin(), ramps.end(), [](const Ramp& ramp) { return !has_ended(ramp.phase); });
        if (ramps.empty()) {
            throw nothing_there("there is no canary", "begin one: teal canary start");
        }
        if (under_way > 1) {
            throw wrong_input("several canaries are under way: " + listed(split_list(ramps)),
                              "name one with --split");
        }
        return ramps.front();
    }
    for (const Ramp& ramp : ramps) {
        if (ramp.find(split) != nullptr) {
            return ramp;
        }
    }
    throw nothing_there(
        "split " + split + " has no canary" + did_you_mean(split, split_list(ramps)),
        "begin one: teal canary start --split " + split);
}

std::optional<Ramp> ramp_under_way(const RampStore& store, const std::vector<std::string>& splits) {
    for (Ramp& ramp : store.list()) {
        const bool concerned =
            std::any_of(splits.begin(), splits.end(),
                        [&](const std::string& split) { return ramp.find(split) != nullptr; });
        if (concerned && (!has_ended(ramp.phase) || ramp.is_left_undecided())) {
            return std::move(ramp);
        }
    }
    return std::nullopt;
}

}  // namespace teal::cli
