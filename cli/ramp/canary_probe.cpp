#include "cli/ramp/canary_probe.hpp"

#include "cli/health/probe.hpp"
#include "cli/traffic/table_session.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

constexpr double kConnectTimeout_s = 1;

std::string addresses_of(const std::vector<ProbeTarget>& targets) {
    std::string text;
    for (const ProbeTarget& target : targets) {
        text += (text.empty() ? "" : ", ") + target.address;
    }
    return text;
}

}  // namespace

std::string why_canary_is_absent(const TablePaths& paths, const Ramp& ramp) {
    const table::TableImage image = read_table(paths);
    for (const RampSplit& ramped : ramp.splits) {
        const table::SplitImage* split = image.find(ramped.split);
        const table::VariantImage* canary = split == nullptr ? nullptr : split->find(ramped.canary);
        std::vector<ProbeTarget> targets;
        for (const table::Endpoint& endpoint :
             canary == nullptr ? std::vector<table::Endpoint>{} : canary->endpoints) {
            ProbeTarget target;
            target.address = std::string(endpoint.text, endpoint.text_bytes);
            target.name = target.address;
            target.spec.scheme = ProbeScheme::tcp;
            target.timeout_s = kConnectTimeout_s;
            targets.push_back(std::move(target));
        }
        if (targets.empty()) {
            continue;
        }
        const std::vector<ProbeAnswer> answers = probe_all(targets);
        if (std::none_of(answers.begin(), answers.end(),
                         [](const ProbeAnswer& answer) { return answer.good; })) {
            return ramped.canary + " of " + ramped.split + " does not answer at " +
                   addresses_of(targets) +
                   ": its traffic stays with the baseline until it does; to end it: teal canary "
                   "abort";
        }
    }
    return "";
}

}  // namespace teal::cli
