#include "cli/stack/procfile/stack_plan.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

namespace teal::cli {
namespace {

constexpr int kPlanVersion = 1;

PlannedProcess process_in(const nlohmann::json& json) {
    PlannedProcess process;
    process.name = json.at("name");
    process.command = json.at("command");
    process.replicas = json.at("replicas");
    process.shared = json.at("shared");
    process.entry = json.at("entry");
    process.numbers = json.value("numbers", std::vector<std::uint32_t>{});
    process.snapshot = json.value("snapshot", "");
    return process;
}

}  // namespace

std::vector<std::uint32_t> PlannedProcess::instance_numbers() const {
    if (!numbers.empty()) {
        return numbers;
    }
    std::vector<std::uint32_t> from_one(replicas);
    std::iota(from_one.begin(), from_one.end(), 1U);
    return from_one;
}

bool PlannedProcess::has_number(std::uint32_t number) const {
    return numbers.empty() ? number >= 1 && number <= replicas
                           : std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

const PlannedProcess* StackPlan::find(const std::string& name) const {
    for (const PlannedProcess& process : processes) {
        if (process.name == name) {
            return &process;
        }
    }
    return nullptr;
}

StackPlan plan_of(const StackDefinition& definition, const std::string& snapshot) {
    StackPlan plan;
    plan.snapshot = snapshot;
    plan.project = definition.project;
    for (const Service& service : definition.services) {
        plan.processes.push_back({service.name, service.command, service.replicas, service.shared,
                                  service.entry.has_value()});
    }
    return plan;
}

std::string to_text(const StackPlan& plan) {
    nlohmann::ordered_json json{{"version", kPlanVersion},
                                {"snapshot", plan.snapshot},
                                {"project", plan.project},
                                {"has_environment", plan.has_environment}};
    if (plan.code) {
        json["git"] = {{"commit", plan.code->commit}, {"changes", plan.code->changes}};
    }
    json["processes"] = nlohmann::ordered_json::array();
    for (const PlannedProcess& process : plan.processes) {
        json["processes"].push_back({{"name", process.name},
                                     {"command", process.command},
                                     {"replicas", process.replicas},
                                     {"shared", process.shared},
                                     {"entry", process.entry}});
        if (!process.numbers.empty()) {
            json["processes"].back()["numbers"] = process.numbers;
        }
        if (!process.snapshot.empty()) {
            json["processes"].back()["snapshot"] = process.snapshot;
        }
    }
    return json.dump(2) + "\n";
}

StackPlan parse_stack_plan(const std::filesystem::path& file, const std::string& text) {
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        if (json.at("version") != kPlanVersion) {
            throw failure(file.string() + ": was written by another version of teal",
                          "use the newer one, or deploy again");
        }
        StackPlan plan;
        plan.snapshot = json.at("snapshot");
        plan.project = json.at("project");
        plan.has_environment = json.at("has_environment");
        if (json.contains("git")) {
            plan.code = CodeState{json["git"].at("commit"), json["git"].at("changes")};
        }
        for (const nlohmann::json& process : json.at("processes")) {
            plan.processes.push_back(process_in(process));
        }
        return plan;
    } catch (const nlohmann::json::exception&) {
        throw failure(file.string() + ": is damaged",
                      "choose another snapshot (`teal upgrade history`), or deploy again");
    }
}

}  // namespace teal::cli
