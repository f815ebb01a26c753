#include "cli/experiment/split_question.hpp"

#include "cli/error.hpp"
#include "cli/experiment/counting.hpp"
#include "cli/output/quantities.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/weights.hpp"

namespace teal::cli {
namespace {

std::string only_split(const NginxView& nginx) {
    const std::vector<std::string> splits = splits_with_goals(nginx);
    if (splits.size() > 1) {
        throw wrong_input(
            "no experiment is under way, and several splits have goals: " + listed(splits),
            "name one with --split, or an experiment that ended: teal ab list");
    }
    if (splits.empty()) {
        throw nothing_there(
            "no experiment is under way, and no split of the running nginx.conf "
            "has a goal",
            "teal ab list shows those that ended; goals are declared with "
            "\"goal NAME;\" in teal_split");
    }
    return splits.front();
}

}  // namespace

std::string chosen_experiment(const ExperimentStore& store, const std::string& split) {
    std::vector<std::string> found;
    for (const Experiment& experiment : store.list()) {
        if (experiment.is_under_way() && (split.empty() || experiment.split == split)) {
            found.push_back(experiment.name);
        }
    }
    if (found.size() > 1) {
        throw wrong_input("several experiments are under way: " + listed(found), "name one");
    }
    return found.empty() ? "" : found.front();
}

Question split_question(std::string split, const table::TableImage& image, const NginxView& nginx) {
    if (const std::string problem = nginx.problem(); !problem.empty()) {
        throw failure("nginx's counters cannot be read: " + problem,
                      "run as root or as nginx's worker user");
    }
    if (split.empty()) {
        split = only_split(nginx);
    }
    const table::SplitImage* found = image.find(split);
    if (found == nullptr) {
        throw nothing_there(
            "there is no split " + split + did_you_mean(split, names_of(image.splits)),
            "teal traffic show lists them");
    }
    Question question;
    question.split = split;
    question.goals = configured_goals(nginx, split);
    if (question.goals.empty()) {
        throw nothing_there("split " + split + " has no goal in the running nginx.conf",
                            "add \"goal NAME;\" to teal_split " + split +
                                " and \"teal_goal NAME;\" to the location that is the goal");
    }
    for (const table::VariantImage& variant : found->variants) {
        if (variant.weight_ppm > 0) {
            question.arms.push_back({variant.name, variant.weight_ppm});
        }
    }
    if (question.arms.size() < 2) {
        throw nothing_there("split " + split +
                                " has one variant with weight, there is nothing to "
                                "compare",
                            "begin an experiment: teal ab start NAME --split " + split);
    }
    const std::string control = default_variant(nginx, split);
    for (std::size_t a = 0; a < question.arms.size(); ++a) {
        question.control = question.arms[a].variant == control ? a : question.control;
    }
    const CountsReading reading = read_counts(nginx, split, question.arms, question.goals);
    question.counts = reading.counts;
    const std::uint64_t now = now_unix_ns();
    question.seconds = now > reading.file_created_unix_ns
                           ? static_cast<double>(now - reading.file_created_unix_ns) / 1e9
                           : 0;
    return question;
}

}  // namespace teal::cli
