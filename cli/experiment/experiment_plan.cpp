#include "cli/experiment/experiment_plan.hpp"

#include "cli/error.hpp"
#include "cli/experiment/counting.hpp"
#include "cli/experiment/look.hpp"
#include "cli/history/history.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/set_words.hpp"
#include "cli/traffic/sticky_secret.hpp"
#include "cli/traffic/weight_plan.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

using table::kTotalPpm;
using table::SplitImage;
using table::VariantImage;
using table::VariantState;

void check_free(const ExperimentRequest& request, const ExperimentStore& store,
                const RampStore& ramps) {
    check_experiment_name(request.name);
    const std::optional<Experiment> same = store.load(request.name);
    if (same && same->phase != ExperimentPhase::starting) {
        throw wrong_input(
            fmt::format("experiment {} is {} already", request.name, phase_text(same->phase)),
            same->is_under_way() ? "teal ab report " + request.name
                                 : "choose another name; teal ab list shows those "
                                   "that were used");
    }
    if (const auto other = experiment_on(store, request.split);
        other && other->name != request.name) {
        throw wrong_input(fmt::format("split {} has experiment {} already, {}", request.split,
                                      other->name, phase_text(other->phase)),
                          "end it: teal ab stop " + other->name + " --winner VARIANT");
    }
    if (const auto ramp = ramp_under_way(ramps, {request.split})) {
        throw wrong_input(
            "split " + request.split + " has a canary: " + std::string(phase_text(ramp->phase)),
            "end it first: teal canary promote, or teal canary abort");
    }
}

std::vector<std::string> chosen_goals(const ExperimentRequest& request, const NginxView& nginx) {
    const std::vector<std::string> known = configured_goals(nginx, request.split);
    if (known.empty()) {
        throw wrong_input("split " + request.split + " has no goal in the running nginx.conf",
                          "add \"goal NAME;\" to teal_split " + request.split +
                              " and \"teal_goal NAME;\" to the location that is the goal, "
                              "then reload nginx");
    }
    for (const std::string& goal : request.goals) {
        if (std::find(known.begin(), known.end(), goal) == known.end()) {
            throw wrong_input("split " + request.split + " has no goal \"" + goal + "\"" +
                                  did_you_mean(goal, known),
                              "use one of " + listed(known) + ", or add \"goal " + goal +
                                  ";\" to teal_split " + request.split + " and reload nginx");
        }
        if (std::count(request.goals.begin(), request.goals.end(), goal) > 1) {
            throw wrong_input("goal " + goal + " is named twice", "name each goal once");
        }
    }
    return request.goals.empty() ? known : request.goals;
}

// The weights asked for; all variants alike when none is.
std::vector<NamedVariant> chosen_weights(const ExperimentRequest& request,
                                         const SplitImage& split) {
    std::vector<NamedVariant> weights = request.weights;
    if (weights.empty()) {
        const std::vector<std::uint32_t> shares =
            share_out(kTotalPpm, std::vector<std::uint32_t>(split.variants.size(), 1));
        for (std::size_t v = 0; v < split.variants.size(); ++v) {
            weights.push_back({split.variants[v].name, shares[v]});
        }
    }
    std::uint64_t sum = 0;
    std::size_t with_weight = 0;
    for (const NamedVariant& named : weights) {
        sum += named.weight_ppm.value_or(0);
        with_weight += named.weight_ppm.value_or(0) > 0 ? 1u : 0u;
    }
    if (sum != kTotalPpm) {
        throw wrong_input(
            fmt::format("the weights add up to {:g} %", static_cast<double>(sum) / 10'000.0),
            "make them add up to 100, as in --weights a=33.3333,b=33.3333,c=33.3334");
    }
    if (with_weight < 2) {
        throw wrong_input("an experiment needs two variants with weight, " + split.name + " has " +
                              std::to_string(with_weight),
                          "teal init --split " + split.name + " --variants a,b adds variants");
    }
    return weights;
}

std::string chosen_control(const ExperimentRequest& request, const NginxView& nginx,
                           const Experiment& experiment) {
    std::vector<std::string> names;
    for (const ExperimentArm& arm : experiment.arms) {
        names.push_back(arm.variant);
    }
    if (!request.control.empty()) {
        if (experiment.index_of(request.control) == names.size()) {
            throw wrong_input("--control " + request.control + " is no variant with weight" +
                                  did_you_mean(request.control, names),
                              "use one of " + listed(names));
        }
        return request.control;
    }
    const std::string fallback = default_variant(nginx, request.split);
    return experiment.index_of(fallback) < names.size() ? fallback : names.front();
}

void remember(const SplitImage& split, Experiment& experiment) {
    for (const VariantImage& variant : split.variants) {
        experiment.before.push_back({variant.name, variant.weight_ppm, variant.state});
    }
}

bool same_weights(const SplitImage& split, const std::vector<VariantBefore>& before) {
    return std::all_of(before.begin(), before.end(), [&](const VariantBefore& was) {
        const VariantImage* now = split.find(was.variant);
        return now != nullptr && now->weight_ppm == was.weight_ppm && now->state == was.state;
    });
}

WeightRequest way_back(const Experiment& experiment, const SplitImage& split) {
    WeightRequest request{split.name, {}, VariantState::open};
    std::vector<std::uint32_t> parts;
    for (const VariantBefore& was : experiment.before) {
        if (was.weight_ppm > 0 && split.find(was.variant) != nullptr) {
            request.variants.push_back({was.variant, was.weight_ppm});
            parts.push_back(was.weight_ppm);
        }
    }
    if (parts.empty()) {  // all of them were taken out of the table meanwhile
        return {split.name, {{experiment.control, kTotalPpm}}, VariantState::open};
    }
    const std::vector<std::uint32_t> shares = share_out(kTotalPpm, parts);
    for (std::size_t i = 0; i < shares.size(); ++i) {
        request.variants[i].weight_ppm = shares[i];
    }
    return request;
}

}  // namespace

ExperimentPlan plan_start(const ExperimentRequest& request, table::TableImage& image,
                          const NginxView& nginx, const ExperimentStore& store,
                          const RampStore& ramps, std::uint64_t now_unix_ns) {
    check_free(request, store, ramps);
    SplitImage& split = split_named(image, request.split);
    if (split.guard.armed != 0) {
        throw wrong_input("the guard of split " + request.split + " is armed for a canary",
                          "end the canary first: teal canary status");
    }
    ExperimentPlan plan;
    Experiment& experiment = plan.experiment;
    experiment.name = request.name;
    experiment.split = request.split;
    experiment.goals = chosen_goals(request, nginx);
    const std::vector<NamedVariant> weights = chosen_weights(request, split);
    // A start that was cut off has left its own weights in the table.
    const std::optional<Experiment> cut_off = store.load(request.name);
    if (cut_off && cut_off->split == request.split) {
        experiment.before = cut_off->before;
    } else {
        remember(split, experiment);
    }
    WeightPlan planned = plan_weights(image, {{request.split, weights, VariantState::open}}, nginx,
                                      Strictness::refuse);
    plan.warnings = std::move(planned.warnings);
    for (const NamedVariant& named : weights) {
        if (named.weight_ppm.value_or(0) > 0) {
            experiment.arms.push_back({named.name, *named.weight_ppm});
        }
    }
    if (request.keep_assignment && planned.changes()) {
        throw wrong_input(
            "--keep-assignment needs the weights that the split has already: "
            "visitors who came before were assigned by those",
            "leave one of the two out; without it everyone is assigned anew");
    }
    if (!request.keep_assignment) {
        split.salt = random_number();
    }
    experiment.control = chosen_control(request, nginx, experiment);
    experiment.alpha_ppm = request.alpha_ppm;
    experiment.effect_ppm = request.effect_ppm;
    experiment.salt = split.salt;
    experiment.keeps_assignment = request.keep_assignment;
    experiment.starter = user_name() + "@" + host_name();
    experiment.started_unix_ns = now_unix_ns;
    experiment.counted = experiment.in_file =
        no_counts(experiment.arms.size(), experiment.goals.size());
    plan.changes_table = !request.keep_assignment;
    return plan;
}

bool plan_stop(Experiment& experiment, const std::string& winner, table::TableImage& image,
               const NginxView& nginx) {
    std::vector<std::string> names;
    for (const ExperimentArm& arm : experiment.arms) {
        names.push_back(arm.variant);
    }
    if (!winner.empty() && experiment.index_of(winner) == names.size()) {
        throw wrong_input("--winner " + winner + " is no variant of " + experiment.name +
                              did_you_mean(winner, names),
                          "use one of " + listed(names));
    }
    experiment.winner = winner;
    experiment.phase = ExperimentPhase::stopping;
    SplitImage* split = image.find(experiment.split);
    if (split == nullptr && winner.empty()) {
        return false;
    }
    SplitImage& changed = split_named(image, experiment.split);
    std::vector<VariantBefore> now;
    for (const VariantImage& variant : changed.variants) {
        now.push_back({variant.name, variant.weight_ppm, variant.state});
    }
    if (!winner.empty()) {
        plan_weights(image, {{experiment.split, {{winner, kTotalPpm}}, VariantState::open}}, nginx,
                     Strictness::refuse);
        for (const std::string& name : names) {
            VariantImage* arm = changed.find(name);
            if (arm != nullptr && name != winner) {
                arm->state = VariantState::closed;
            }
        }
    } else if (disturbance_of(experiment, image).empty()) {
        plan_weights(image, {way_back(experiment, changed)}, nginx, Strictness::refuse);
        for (const VariantBefore& was : experiment.before) {
            VariantImage* variant = changed.find(was.variant);
            if (variant != nullptr && variant->weight_ppm == 0) {
                variant->state = was.state;
            }
        }
    }
    return !same_weights(changed, now);
}

}  // namespace teal::cli
