// Replacing single services of a compose stack, by compose itself: `docker compose up --no-deps
// --no-recreate --scale` for a new container beside the old, `--force-recreate` for one in the
// other's place. So compose's own commands find afterwards what they would have made.
#pragma once

#include "cli/stack/compose/config_hashes.hpp"
#include "cli/stack/compose/snapshot_project.hpp"
#include "cli/stack/compose/stack_roles.hpp"
#include "cli/stack/replacing.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace teal::cli::compose {

class ComposeReplacing : public Replacing {
public:
    // `directory`: the project's.
    ComposeReplacing(std::filesystem::path directory, Color color, const SnapshotRef& before,
                     SnapshotRef run, const std::vector<SnapshotFile>& target);

    std::vector<ImageRecord> fetch_shared(const std::vector<std::string>& services, Fetch fetch,
                                          const std::string& back_to, Progress& progress) override;
    std::vector<Comparison> compare() override;
    std::vector<SnapshotFile> files(const std::set<std::string>& replaced) override;
    std::vector<VersionedInstance> instances(const std::string& service) override;
    std::vector<Instance> start_beside(const std::string& service, Version version,
                                       std::uint32_t count, Progress& progress) override;
    void retire(const Instance& instance, Progress& progress) override;
    void replace(const std::string& service, Version version, Progress& progress) override;

private:
    using Containers = std::vector<nlohmann::json>;

    bool is_shared(const std::string& service) const;
    const std::string& project_of(const std::string& service) const;
    const nlohmann::json& section(const std::string& service, Version version) const;
    Containers containers(const std::string& service) const;
    Comparison compare_one(const std::string& service, const Containers& running,
                           const ConfigHashes& hashes) const;
    std::string image_difference(const std::string& service, const Containers& running,
                                 bool& known) const;
    ConfigHashes hashes_before() const;
    std::string wanted_image(const std::string& service) const;
    void remove_stopped(const std::string& service) const;

    std::filesystem::path directory_;
    Color color_;
    SnapshotRef run_;
    std::string before_id_;
    StackRoles roles_;       // of the target
    std::string name_;       // of the color's project
    nlohmann::json before_;  // the color's files
    nlohmann::json target_;
    nlohmann::json shared_before_;  // null: none
    nlohmann::json shared_target_;
};

}  // namespace teal::cli::compose
