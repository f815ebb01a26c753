#include "cli/experiment/look.hpp"

#include "cli/traffic/percent.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

using table::SplitImage;
using table::VariantImage;

constexpr std::uint64_t kFirstSampleEvery_ns = 1'000'000'000;

// At most kMostSamples, spread over all of its time: full, every second one goes, and the next
// ones come half as often.
void keep_sample(Experiment& experiment, std::uint64_t now_unix_ns) {
    std::vector<Sample>& samples = experiment.samples;
    if (experiment.sample_every_ns == 0) {
        experiment.sample_every_ns = kFirstSampleEvery_ns;
    }
    if (!samples.empty() &&
        now_unix_ns < samples.back().time_unix_ns + experiment.sample_every_ns) {
        return;
    }
    if (samples.size() == kMostSamples) {
        for (std::size_t i = 1; i < kMostSamples / 2; ++i) {
            samples[i] = std::move(samples[2 * i]);
        }
        samples.resize(kMostSamples / 2);
        experiment.sample_every_ns *= 2;
    }
    samples.push_back({now_unix_ns, experiment.counted});
}

}  // namespace

std::string disturbance_of(const Experiment& experiment, const table::TableImage& image) {
    const SplitImage* split = image.find(experiment.split);
    if (split == nullptr) {
        return "split " + experiment.split + " is no longer in the table";
    }
    if (split->salt != experiment.salt) {
        return "its visitors were mixed anew by another command";
    }
    for (const ExperimentArm& arm : experiment.arms) {
        const VariantImage* variant = split->find(arm.variant);
        if (variant == nullptr) {
            return "variant " + arm.variant + " is no longer in the table";
        }
        if (variant->weight_ppm != arm.weight_ppm || variant->state != table::VariantState::open) {
            return fmt::format("another command changed {} from {} to {}", arm.variant,
                               percent_text(arm.weight_ppm), percent_text(variant->weight_ppm));
        }
    }
    return "";
}

void count_up_to(Experiment& experiment, const CountsReading& now, std::uint64_t now_unix_ns) {
    if (now.file_created_unix_ns == 0) {
        return;  // no nginx: nothing was counted
    }
    add_counted(experiment.counted, {experiment.file_created_unix_ns, experiment.in_file}, now);
    if (now.file_created_unix_ns != experiment.file_created_unix_ns) {
        ++experiment.files_lost;
    }
    experiment.file_created_unix_ns = now.file_created_unix_ns;
    experiment.in_file = now.counts;
    experiment.looked_unix_ns = now_unix_ns;
    keep_sample(experiment, now_unix_ns);
}

void decide(Experiment& experiment, std::uint64_t now_unix_ns) {
    const std::vector<experiment::Arm> arms = arms_of(experiment.arms, experiment.counted, 0);
    const experiment::Judgement judged =
        experiment::judge(arms.data(), static_cast<std::uint32_t>(arms.size()), experiment.terms());
    if (judged.verdict == experiment::Verdict::undecided) {
        return;
    }
    const bool is_broken = judged.verdict == experiment::Verdict::broken;
    std::optional<Decision>& kept = is_broken ? experiment.broken : experiment.decision;
    if (kept) {
        return;
    }
    kept = Decision{
        judged.verdict,
        judged.verdict == experiment::Verdict::winner ? experiment.arms[judged.winner].variant : "",
        now_unix_ns,
        judged.log_evidence,
        judged.log_sample_ratio,
        experiment.counted};
}

void look_at(Experiment& experiment, const table::TableImage& image, const NginxView& nginx,
             std::uint64_t now_unix_ns) {
    if (experiment.disturbed_unix_ns != 0) {
        return;
    }
    experiment.disturbance = disturbance_of(experiment, image);
    if (!experiment.disturbance.empty()) {
        experiment.disturbed_unix_ns = now_unix_ns;
        return;
    }
    count_up_to(experiment, read_counts(nginx, experiment.split, experiment.arms, experiment.goals),
                now_unix_ns);
    decide(experiment, now_unix_ns);
}

}  // namespace teal::cli
