#include "cli/output/plan_output.hpp"

#include "cli/output/migration_steps_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/ramp_output.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMegabyte = 1e6;

const char* action_text(ImageAction action) {
    constexpr const char* kTexts[] = {"is here", "build", "pull"};
    return kTexts[static_cast<unsigned>(action)];
}

const ImagePlan* image_of(const DeploymentPlan& plan, const std::string& service) {
    for (const ImagePlan& image : plan.images) {
        if (image.service == service) {
            return &image;
        }
    }
    return nullptr;
}

std::string services_table(const DeploymentPlan& plan) {
    TextTable rows("lllrl");
    rows.add({"SERVICE", "RUNS", "BECAUSE", "N",
              plan.definition.kind == StackKind::compose ? "IMAGE" : "COMMAND"});
    for (const Service& service : plan.definition.services) {
        const ImagePlan* image = image_of(plan, service.name);
        rows.add({service.name, service.shared ? "once, shared" : name_of(plan.target),
                  service.reason, std::to_string(service.replicas),
                  image != nullptr
                      ? fmt::format("{} ({})", image->image, action_text(image->action))
                  : service.command.empty() ? service.image
                                            : service.command});
    }
    return rows.text("  ");
}

std::string entries_text(const DeploymentPlan& plan) {
    std::string text;
    for (const Service* service : plan.definition.entries()) {
        text += fmt::format(
            "  {} → split {}: {} endpoint{}{}, health {}\n", service->name, service->entry->split,
            service->replicas, service->replicas == 1 ? "" : "s",
            service->entry->port == 0 ? std::string()
                                      : fmt::format(" on port {}", service->entry->port),
            probe_text(service->entry->probe));
    }
    return text;
}

std::string ports_text(const DeploymentPlan& plan) {
    std::string text;
    for (const Service& service : plan.definition.services) {
        if (!service.dropped_ports.empty()) {
            text += fmt::format("  {}: {} (nginx reaches the containers by their addresses)\n",
                                service.name, listed(service.dropped_ports));
        }
    }
    return text;
}

std::string backup_plan_text(const PlannedBackup& backup) {
    if (!backup.none_because.empty()) {
        return "  none: " + backup.none_because + "\n";
    }
    return fmt::format("  {}, {}\n  as \"{}\" in {}; {}\n", backup.described,
                       bytes_text(backup.database_bytes), backup.label, backup.directory.string(),
                       backup.keep == 0 ? std::string("older ones are kept")
                                        : fmt::format("the newest {} of it are kept, and those of "
                                                      "snapshots",
                                                      backup.keep));
}

Json backup_plan_json(const PlannedBackup& backup) {
    if (!backup.none_because.empty()) {
        return {
            {"label", backup.label}, {"database", nullptr}, {"none_because", backup.none_because}};
    }
    return {{"label", backup.label},
            {"database", backup.database},
            {"place", backup.place},
            {"server_version", backup.server_version},
            {"database_bytes", backup.database_bytes},
            {"directory", backup.directory.string()},
            {"keep", backup.keep}};
}

std::string section(const std::string& title, const std::string& text) {
    return text.empty() ? "" : "\n" + title + "\n" + text;
}

std::string ramp_text(const DeploymentPlan& plan) {
    if (!plan.active) {
        return "  none: nothing serves that a canary could be compared with\n";
    }
    return "  " + ramp_terms_text(*plan.ramp) +
           "\n  what fails and what is slow is judged by the baseline when it begins, unless "
           "--max-errors\n  and --slow say\n";
}

}  // namespace

std::string plan_text(const DeploymentPlan& plan) {
    const std::string target = name_of(plan.target);
    std::string text =
        fmt::format("project {} ({})\n", plan.definition.project, listed(plan.definition.files));
    text += plan.active
                ? fmt::format("{} serves{}; the new version goes to {}\n", name_of(*plan.active),
                              plan.active_snapshot.empty() ? "" : " (" + plan.active_snapshot + ")",
                              target)
                : fmt::format("nothing serves yet; the first version goes to {}\n", target);
    if (plan.backup) {
        text += section("Backup, before anything is deployed", backup_plan_text(*plan.backup));
    }
    text += section("Services", services_table(plan));
    text += section("Entries, switched in one publication", entries_text(plan));
    if (plan.ramp) {
        text += section("Canary, instead of the switch", ramp_text(plan));
    }
    text += section("Host ports left out", ports_text(plan));
    if (!plan.definition.migrations.empty()) {
        text += section("Migrations",
                        fmt::format("  {}: {}\n{}", plan.definition.migrations.string(),
                                    plan.migrations.empty() ? "no files" : listed(plan.migrations),
                                    migration_steps_text(plan.migration_check)));
    }
    text += section(
        "Disk",
        fmt::format("  {}, {:.0f} MB free for snapshots\n",
                    plan.disk_needed_bytes == 0
                        ? std::string("size of new images not known")
                        : fmt::format("about {:.0f} MB for new images",
                                      static_cast<double>(plan.disk_needed_bytes) / kMegabyte),
                    static_cast<double>(plan.disk_free_bytes) / kMegabyte));
    std::string notes;
    for (const std::string& note : plan.definition.notes) {
        notes += "  " + note + "\n";
    }
    text += section("Notes", notes);
    std::string hindrances;
    for (const std::string& hindrance : plan.hindrances) {
        hindrances += "  " + coloured(hindrance, Colour::red) + "\n";
    }
    text += section("In the way", hindrances);
    return text + "\nnothing was changed\n";
}

Json plan_json(const DeploymentPlan& plan) {
    Json json{{"dry_run", true},
              {"project", plan.definition.project},
              {"files", plan.definition.files},
              {"active", plan.active ? Json(name_of(*plan.active)) : Json()},
              {"target", name_of(plan.target)},
              {"services", Json::array()},
              {"migrations", plan.migrations},
              {"new_migrations", migration_steps_json(plan.migration_check)},
              {"disk_needed_bytes", plan.disk_needed_bytes},
              {"disk_free_bytes", plan.disk_free_bytes},
              {"notes", plan.definition.notes},
              {"hindrances", plan.hindrances}};
    if (plan.backup) {
        json["backup"] = backup_plan_json(*plan.backup);
    }
    if (plan.ramp) {
        json["canary"] = plan.active
                             ? Json{{"steps_percent", steps_json(*plan.ramp)},
                                    {"hold_s", static_cast<double>(plan.ramp->hold_ns) / 1e9},
                                    {"until_evidence", plan.ramp->until_evidence}}
                             : Json();
    }
    for (const Service& service : plan.definition.services) {
        Json entry{{"name", service.name},         {"shared", service.shared},
                   {"reason", service.reason},     {"replicas", service.replicas},
                   {"critical", service.critical}, {"dropped_ports", service.dropped_ports}};
        if (service.entry) {
            entry["split"] = service.entry->split;
            entry["port"] = service.entry->port;
            entry["health"] = probe_text(service.entry->probe);
        }
        if (const ImagePlan* image = image_of(plan, service.name)) {
            entry["image"] = image->image;
            entry["image_action"] = action_text(image->action);
        }
        json["services"].push_back(std::move(entry));
    }
    return json;
}

}  // namespace teal::cli
