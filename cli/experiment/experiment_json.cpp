#include "cli/error.hpp"
#include "cli/experiment/experiment_store.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kExperimentVersion = 1;
constexpr double kWithoutLimit = 1e300;  // instead of infinity, which JSON does not have

// An enumerator by its text.
template <typename Enum, typename Text>
Enum named(const Json& json, Enum last, Text text) {
    const auto word = json.get<std::string>();
    for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
        if (word == text(static_cast<Enum>(i))) {
            return static_cast<Enum>(i);
        }
    }
    throw std::runtime_error("\"" + word + "\" is unknown");
}

Json json_of(const Counts& counts) {
    Json json = Json::array();
    for (const ArmCount& arm : counts) {
        Json goals = Json::array();
        for (const GoalCount& goal : arm.goals) {
            goals.push_back({goal.conversions, goal.valued, goal.value_sum, goal.value_square_sum});
        }
        json.push_back({{"visitors", arm.visitors}, {"goals", std::move(goals)}});
    }
    return json;
}

Counts counts_of(const Json& json, const Experiment& experiment) {
    Counts counts;
    for (const Json& arm : json) {
        ArmCount count{arm.at("visitors"), {}};
        for (const Json& goal : arm.at("goals")) {
            count.goals.push_back({goal.at(0), goal.at(1), goal.at(2), goal.at(3)});
        }
        if (count.goals.size() != experiment.goals.size()) {
            throw std::runtime_error("counts of another number of goals");
        }
        counts.push_back(std::move(count));
    }
    if (counts.size() != experiment.arms.size()) {
        throw std::runtime_error("counts of another number of variants");
    }
    return counts;
}

Json json_of(const std::optional<Decision>& decision) {
    if (!decision) {
        return nullptr;
    }
    return {{"verdict", experiment::verdict_text(decision->verdict)},
            {"winner", decision->winner},
            {"time_unix_ns", decision->time_unix_ns},
            {"log_evidence", std::fmin(decision->log_evidence, kWithoutLimit)},
            {"log_sample_ratio", std::fmin(decision->log_sample_ratio, kWithoutLimit)},
            {"counts", json_of(decision->counts)}};
}

std::optional<Decision> decision_of(const Json& json, const Experiment& experiment) {
    if (json.is_null()) {
        return std::nullopt;
    }
    Decision decision;
    decision.verdict = named(json.at("verdict"), experiment::Verdict::broken,
                             [](auto verdict) { return experiment::verdict_text(verdict); });
    decision.winner = json.at("winner");
    decision.time_unix_ns = json.at("time_unix_ns");
    decision.log_evidence = json.at("log_evidence");
    decision.log_sample_ratio = json.at("log_sample_ratio");
    decision.counts = counts_of(json.at("counts"), experiment);
    return decision;
}

Json samples_json(const Experiment& experiment) {
    Json json = Json::array();
    for (const Sample& sample : experiment.samples) {
        json.push_back({{"time_unix_ns", sample.time_unix_ns}, {"counts", json_of(sample.counts)}});
    }
    return json;
}

void read_agreement(const Json& json, Experiment& experiment) {
    experiment.name = json.at("name");
    experiment.split = json.at("split");
    for (const Json& arm : json.at("arms")) {
        experiment.arms.push_back({arm.at("variant"), arm.at("weight_ppm")});
    }
    experiment.control = json.at("control");
    experiment.goals = json.at("goals").get<std::vector<std::string>>();
    experiment.alpha_ppm = json.at("alpha_ppm");
    experiment.effect_ppm = json.at("effect_ppm");
    experiment.salt = json.at("salt");
    experiment.keeps_assignment = json.at("keeps_assignment");
    for (const Json& before : json.at("before")) {
        experiment.before.push_back(
            {before.at("variant"), before.at("weight_ppm"),
             static_cast<table::VariantState>(before.at("state").get<unsigned>())});
    }
    experiment.starter = json.at("starter");
    experiment.started_unix_ns = json.at("started_unix_ns");
    experiment.generation = json.at("generation");
    experiment.phase = named(json.at("phase"), ExperimentPhase::stopped, phase_text);
    if (experiment.arms.size() < 2 || experiment.arms.size() > experiment::kMostArms ||
        experiment.goals.empty() || experiment.alpha_ppm == 0 || experiment.effect_ppm == 0 ||
        experiment.index_of(experiment.control) == experiment.arms.size()) {
        throw std::runtime_error("its variants, goals or terms are incomplete");
    }
}

void read_counting(const Json& json, Experiment& experiment) {
    experiment.looked_unix_ns = json.at("looked_unix_ns");
    experiment.file_created_unix_ns = json.at("file_created_unix_ns");
    experiment.in_file = counts_of(json.at("in_file"), experiment);
    experiment.counted = counts_of(json.at("counted"), experiment);
    experiment.files_lost = json.at("files_lost");
    experiment.disturbed_unix_ns = json.at("disturbed_unix_ns");
    experiment.disturbance = json.at("disturbance");
    experiment.sample_every_ns = json.at("sample_every_ns");
    for (const Json& sample : json.at("samples")) {
        experiment.samples.push_back(
            {sample.at("time_unix_ns"), counts_of(sample.at("counts"), experiment)});
    }
    experiment.decision = decision_of(json.at("decision"), experiment);
    experiment.broken = decision_of(json.at("broken"), experiment);
}

}  // namespace

std::string experiment_text(const Experiment& experiment) {
    Json arms = Json::array();
    for (const ExperimentArm& arm : experiment.arms) {
        arms.push_back({{"variant", arm.variant}, {"weight_ppm", arm.weight_ppm}});
    }
    Json before = Json::array();
    for (const VariantBefore& variant : experiment.before) {
        before.push_back({{"variant", variant.variant},
                          {"weight_ppm", variant.weight_ppm},
                          {"state", static_cast<unsigned>(variant.state)}});
    }
    return Json{{"version", kExperimentVersion},
                {"name", experiment.name},
                {"split", experiment.split},
                {"arms", std::move(arms)},
                {"control", experiment.control},
                {"goals", experiment.goals},
                {"alpha_ppm", experiment.alpha_ppm},
                {"effect_ppm", experiment.effect_ppm},
                {"salt", experiment.salt},
                {"keeps_assignment", experiment.keeps_assignment},
                {"before", std::move(before)},
                {"starter", experiment.starter},
                {"started_unix_ns", experiment.started_unix_ns},
                {"generation", experiment.generation},
                {"phase", phase_text(experiment.phase)},
                {"looked_unix_ns", experiment.looked_unix_ns},
                {"file_created_unix_ns", experiment.file_created_unix_ns},
                {"in_file", json_of(experiment.in_file)},
                {"counted", json_of(experiment.counted)},
                {"files_lost", experiment.files_lost},
                {"disturbed_unix_ns", experiment.disturbed_unix_ns},
                {"disturbance", experiment.disturbance},
                {"sample_every_ns", experiment.sample_every_ns},
                {"samples", samples_json(experiment)},
                {"decision", json_of(experiment.decision)},
                {"broken", json_of(experiment.broken)},
                {"winner", experiment.winner},
                {"stopped_unix_ns", experiment.stopped_unix_ns},
                {"stopper", experiment.stopper},
                {"reason", experiment.reason}}
               .dump(-1, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

Experiment parse_experiment(const std::string& file, const std::string& text) {
    try {
        const Json json = Json::parse(text);
        if (json.at("version") != kExperimentVersion) {
            throw std::runtime_error("it is of another version");
        }
        Experiment experiment;
        read_agreement(json, experiment);
        read_counting(json, experiment);
        experiment.winner = json.at("winner");
        experiment.stopped_unix_ns = json.at("stopped_unix_ns");
        experiment.stopper = json.at("stopper");
        experiment.reason = json.at("reason");
        return experiment;
    } catch (const std::exception& error) {
        throw failure(file + " is damaged: " + error.what(),
                      "move it away; the traffic is as the table says: teal traffic show");
    }
}

}  // namespace teal::cli
