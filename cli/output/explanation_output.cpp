#include "cli/output/explanation_output.hpp"

#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kAtRandom[] = "a variant drawn at random";

std::string variant_text(const Explanation& explanation) {
    return explanation.variant.empty() ? kAtRandom : explanation.variant;
}

std::string proposal_text(const Explanation& now, const Proposal& proposal) {
    std::string weights;
    for (const auto& [variant, ppm] : proposal.weights) {
        weights += (weights.empty() ? "" : ", ") + variant + " " + percent_text(ppm);
    }
    const std::string visitor =
        now.variant.empty() || proposal.then.variant.empty() ? "this visitor is drawn at random"
        : proposal.moves
            ? fmt::format("this visitor moves from {} to {}", now.variant, proposal.then.variant)
            : fmt::format("this visitor stays on {}", now.variant);
    return fmt::format("with {}: {}; {} of all visitors move\n", weights, visitor,
                       percent_text(proposal.moved_ppm));
}

Json place_json(const RingPlace& place) {
    return {{"hash", fmt::format("{:016x}", place.hash)},
            {"point_percent", percent_number(place.point_ppm)},
            {"segment_begin_percent", percent_number(place.segment_begin_ppm)},
            {"segment_end_percent", percent_number(place.segment_end_ppm)}};
}

Json one_json(const Explanation& explanation) {
    Json json{{"variant", explanation.variant.empty() ? Json() : Json(explanation.variant)},
              {"at_random", explanation.variant.empty()},
              {"reason", table::reason_text(explanation.reason)},
              {"place", explanation.place ? place_json(*explanation.place) : Json()},
              {"steps", Json::array()},
              {"unknown_variables", Json::array()}};
    for (const Step& step : explanation.steps) {
        json["steps"].push_back({{"rule", step.rule}, {"finding", step.finding}});
    }
    for (const MissingFact& fact : explanation.missing) {
        json["unknown_variables"].push_back(
            {{"variable", fact.variable}, {"next_step", fact.next_step}});
    }
    return json;
}

}  // namespace

std::string explanation_text(const std::string& split, const Explanation& now,
                             const std::optional<Proposal>& proposal) {
    std::string text =
        fmt::format("{}: {} ({})\n", split, coloured(variant_text(now), Colour::bold),
                    table::reason_text(now.reason));
    TextTable steps("ll");
    for (const Step& step : now.steps) {
        steps.add({step.rule, step.finding});
    }
    if (now.place) {
        steps.add({"hash", fmt::format("{:016x}", now.place->hash)});
    }
    text += steps.text("  ");
    for (const MissingFact& fact : now.missing) {
        text += fmt::format("  {} is not known here and was taken for empty: {}\n", fact.variable,
                            fact.next_step);
    }
    return proposal ? text + proposal_text(now, *proposal) : text;
}

Json explanation_json(const std::string& split, const Explanation& now,
                      const std::optional<Proposal>& proposal) {
    Json json{{"split", split}};
    json.update(one_json(now));
    if (proposal) {
        Json& entry = json["proposal"];
        for (const auto& [variant, ppm] : proposal->weights) {
            entry["weights"][variant] = percent_number(ppm);
        }
        entry["moves"] = proposal->moves;
        entry["moved_percent"] = percent_number(proposal->moved_ppm);
        entry["then"] = one_json(proposal->then);
    }
    return json;
}

}  // namespace teal::cli
