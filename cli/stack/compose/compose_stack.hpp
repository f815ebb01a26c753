// The stack of a compose project. Project "shop" becomes "shop" (shared services, once) and
// "shop-blue" and "shop-green" (the others), each from a compose file of its own in the snapshot.
#pragma once

#include "cli/project/settings.hpp"
#include "cli/stack/compose/resolved_project.hpp"
#include "cli/stack/compose/stack_roles.hpp"
#include "cli/stack/stack.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

// Reads nothing yet.
std::unique_ptr<Stack> open_compose_stack(const Settings& settings);

namespace compose {

// Not thread-safe. What runs is asked of docker at every call; only what the project is called and
// which services it shares is remembered.
class ComposeStack : public Stack {
public:
    explicit ComposeStack(Settings settings);

    const StackDefinition& definition() override;
    std::string project() override;

    std::vector<SnapshotFile> snapshot_files(Color color, const std::string& id) override;
    std::vector<SnapshotFile> recolored_files(const SnapshotRef& from, Color color,
                                              const std::string& id) override;
    std::vector<ImagePlan> image_plan() override;
    std::vector<ImageRecord> fetch_images(Color color, const SnapshotRef& snapshot, Fetch fetch,
                                          Progress& progress) override;
    void verify_images(const std::vector<ImageRecord>& images, Progress& progress) override;
    void unpin_images(const std::string& snapshot_id, const std::set<std::string>& needed) override;
    std::unique_ptr<Replacing> replacing(Color color, const SnapshotRef& before,
                                         const SnapshotRef& run,
                                         const std::vector<SnapshotFile>& target) override;

    void start_shared(const SnapshotRef& snapshot, std::chrono::seconds patience,
                      Progress& progress) override;
    std::vector<std::string> changed_shared() override;
    void bring_up(Color color, const SnapshotRef& snapshot, Progress& progress) override;
    void reconnect_shared(Color serving, Progress& progress) override;

    std::vector<Instance> instances(Color color) override;
    std::vector<Instance> shared_instances() override;
    StackInstances all_instances() override;
    void stop(Color color, std::chrono::seconds grace, Removal removal,
              Progress& progress) override;
    void stop_shared(std::chrono::seconds grace, Removal removal, Progress& progress) override;
    std::string last_lines(const Instance& instance, unsigned lines) override;
    int show_logs(Color color, const LogRequest& request) override;

private:
    const nlohmann::json& resolved();
    const StackRoles& roles();
    std::string directory_label() const;
    std::vector<nlohmann::json> containers_of(Color color);
    std::optional<StackInstances> from_one_look();
    std::vector<Instance> instances_in(const std::vector<nlohmann::json>& containers);
    std::vector<Instance> shared_of(const StackRoles& roles) const;
    void wait_for_shared(const StackRoles& roles, std::chrono::seconds patience,
                         Progress& progress) const;

    Settings settings_;
    std::optional<ResolvedProject> resolved_{};
    std::optional<StackDefinition> definition_{};
    std::optional<StackRoles> roles_{};
};

}  // namespace compose
}  // namespace teal::cli
