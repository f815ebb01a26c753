#include "cli/output/overview_output.hpp"

#include "cli/output/instance_words.hpp"
#include "cli/output/picture_output.hpp"
#include "cli/output/rolling_output.hpp"
#include "cli/output/screen.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kBox[] =
    "╔════════════════════════════════════════╗\n"
    "║       Deployment Status                ║\n"
    "╚════════════════════════════════════════╝\n\n";

std::string color_line(const ColorOverview& color) {
    if (!color.snapshot) {
        return fmt::format("  {:<6} nothing deployed\n", name_of(color.color));
    }
    return fmt::format("  {:<6} {} / {} running · {}{}{}\n", name_of(color.color), color.running,
                       color.instances.size(), color.snapshot->id,
                       color.snapshot->git ? " · " + git_text(*color.snapshot->git) : "",
                       color.in_table ? "" : " · not in the table");
}

std::string recent_line(const HistoryEntry& entry) {
    return fmt::format("  {} | {} → {}{}\n", utc_text(entry.time_unix_ns),
                       entry.from.empty() ? "none" : entry.from, entry.to,
                       entry.operation == "perform" ? "" : " (" + entry.operation + ")");
}

Json instances_json(const std::vector<Instance>& instances) {
    Json list = Json::array();
    for (const Instance& instance : instances) {
        list.push_back({{"service", instance.service},
                        {"number", instance.number},
                        {"name", instance.name},
                        {"id", instance.id},
                        {"state", state_word(instance.state)},
                        {"detail", instance.detail},
                        {"healthy", instance.healthy},
                        {"address", instance.address}});
    }
    return list;
}

Json color_json(const ColorOverview& color) {
    return {{"snapshot", color.snapshot ? Json(color.snapshot->id) : Json()},
            {"running", color.running},
            {"wanted", color.instances.size()},
            {"in_table", color.in_table},
            {"instances", instances_json(color.instances)}};
}

}  // namespace

std::string overview_text(const DeploymentOverview& overview) {
    std::string text = kBox;
    const bool known = overview.active.has_value();
    text += fmt::format("Active Deployment:  {}\n", known ? name_of(*overview.active) : "none");
    text += fmt::format("Standby Deployment: {}\n\n",
                        known ? name_of(other(*overview.active)) : "none");
    text += fmt::format("Containers Running: {} / {}\n\n", overview.running, overview.wanted);
    for (const ColorOverview& color : overview.colors) {
        text += color_line(color);
    }
    text += "\nRecent Deployments:\n";
    for (const HistoryEntry& entry : overview.recent) {
        text += recent_line(entry);
    }
    text += overview.recent.empty() ? "  none yet\n" : "";
    if (!overview.rollback_to.empty()) {
        text += "\nRollback would return to " + overview.rollback_to + "\n";
    }
    if (!overview.under_way.empty()) {
        text += "\nUnder way: " + overview.under_way + "\n";
    }
    if (overview.rolling) {
        const bool alive = !overview.under_way.empty();
        text += "\nRolling update: " + summary_of(*overview.rolling, alive) + "\n";
        text += alive ? ""
                      : "  next: teal upgrade rolling --continue, or teal upgrade rollback\n";
    }
    if (overview.traffic) {
        text += "\n" + picture_text(*overview.traffic);
    }
    for (const std::string& remark : overview.remarks) {
        text += "\n" + coloured("warning: ", Colour::yellow) + remark + "\n";
    }
    return text;
}

Json overview_json(const DeploymentOverview& overview) {
    Json json{{"active", overview.active ? Json(name_of(*overview.active)) : Json()},
              {"standby", overview.active ? Json(name_of(other(*overview.active))) : Json()},
              {"running", overview.running},
              {"wanted", overview.wanted},
              {"blue", color_json(overview.of(Color::blue))},
              {"green", color_json(overview.of(Color::green))},
              {"shared", instances_json(overview.shared)},
              {"recent", Json::array()},
              {"rollback_to", overview.rollback_to.empty() ? Json() : Json(overview.rollback_to)},
              {"under_way", overview.under_way.empty() ? Json() : Json(overview.under_way)},
              {"rolling", overview.rolling
                              ? rolling_record_json(*overview.rolling, !overview.under_way.empty())
                              : Json()},
              {"traffic", overview.traffic ? picture_json(*overview.traffic) : Json()},
              {"remarks", overview.remarks}};
    for (const HistoryEntry& entry : overview.recent) {
        json["recent"].push_back({{"time", utc_text(entry.time_unix_ns)},
                                  {"operation", entry.operation},
                                  {"from", entry.from},
                                  {"to", entry.to},
                                  {"snapshot", entry.snapshot}});
    }
    return json;
}

}  // namespace teal::cli
