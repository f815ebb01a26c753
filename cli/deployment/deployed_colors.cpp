#include "cli/deployment/deployed_colors.hpp"

#include "cli/deployment/records.hpp"
#include "cli/error.hpp"
#include "cli/traffic/table_session.hpp"

#include <algorithm>

namespace teal::cli {

bool DeployedColor::in_table() const {
    return std::any_of(endpoints.begin(), endpoints.end(),
                       [](const SplitEndpoints& split) { return !split.addresses.empty(); });
}

const char* DeployedColors::role_of(Color color) const {
    return active == color ? "serving" : of(color).snapshot ? "standby" : "not deployed";
}

Color DeployedColors::chosen(const std::optional<Color>& asked) const {
    constexpr char kPerform[] = "deploy it: teal upgrade perform";
    if (asked) {
        if (!of(*asked).snapshot && active != *asked) {
            throw nothing_there(std::string("nothing is deployed as ") + name_of(*asked),
                                active ? std::string(name_of(*active)) + " serves; " + kPerform +
                                             " makes the other one"
                                       : kPerform);
        }
        return *asked;
    }
    if (active) {
        return *active;
    }
    const auto newer = [](const DeployedColor& one, const DeployedColor& two) {
        const auto time = [](const DeployedColor& color) {
            return color.snapshot ? color.snapshot->deployed_unix_ns : 0;
        };
        return time(one) < time(two);
    };
    const DeployedColor& newest = *std::max_element(std::begin(colors), std::end(colors), newer);
    if (!newest.snapshot) {
        throw nothing_there(
            "nothing is deployed" + (table_problem.empty() ? "" : "; " + table_problem), kPerform);
    }
    return newest.color;
}

DeployedColors find_deployed(const Settings& settings) {
    DeployedColors found;
    found.colors[1].color = Color::green;
    const Records records(settings.deployment_directory);
    found.snapshots = records.snapshots.list(&found.remarks);
    try {
        found.table =
            read_table(table_paths(settings.table, settings.counters), Missing::leave_alone);
        found.splits = recorded_splits(found.snapshots, found.table);
        if (!found.splits.empty()) {
            found.active = serving_state(found.table, found.splits).active;
        }
    } catch (const Error& error) {
        found.table_problem = error.what();
        found.remarks.push_back(found.table_problem);
    }
    for (DeployedColor& color : found.colors) {
        color.snapshot = deployed_on(found.snapshots, color.color);
        color.endpoints = endpoints_of(found.table, found.splits, color.color);
    }
    return found;
}

StackDefinition definition_of(const SnapshotMetadata& snapshot) {
    StackDefinition definition;
    definition.project = snapshot.project;
    for (const SnapshotEntry& entry : snapshot.entries) {
        Service& service = definition.services.emplace_back();
        service.name = entry.service;
        service.entry = entry.entry;
        service.replicas = entry.replicas;
    }
    return definition;
}

StackDefinition definition_of(const SnapshotMetadata& snapshot, Stack& stack,
                              std::vector<std::string>& remarks) {
    const StackDefinition then = definition_of(snapshot);
    StackDefinition definition;
    try {
        definition = stack.definition();
    } catch (const Error& error) {
        remarks.emplace_back(error.what());
        return then;
    }
    for (Service& service : definition.services) {
        if (!service.shared) {
            service.entry.reset();
        }
    }
    for (const Service& entry : then.services) {
        const auto known = std::find_if(definition.services.begin(), definition.services.end(),
                                        [&](const Service& one) { return one.name == entry.name; });
        if (known == definition.services.end()) {
            definition.services.push_back(entry);
        } else {
            known->entry = entry.entry;
            known->replicas = entry.replicas;
        }
    }
    return definition;
}

}  // namespace teal::cli
