#include "cli/traffic/participation_steps.hpp"

#include "cli/traffic/percent.hpp"
#include "shared/table/participation.hpp"

namespace teal::cli {
namespace {

table::Absence look_at_layer(const LayerLine& layer, const std::optional<std::string>& key,
                             std::vector<Step>& steps) {
    if (!key) {
        steps.push_back({"layer", layer.name + ": no key, so no place in it"});
        return table::Absence::layer;
    }
    const std::uint64_t point = key_hash(key->data(), key->size(), table::layer_salt(layer.name));
    bool inside = false;
    std::string ranges;
    for (const auto& [from, to] : layer.ranges_ppm) {
        inside = inside || table::ring_range(from, to).holds(point);
        ranges += (ranges.empty() ? "" : ", ") + percent_text(from) + " to " + percent_text(to);
    }
    __extension__ using Wide = unsigned __int128;
    const auto point_ppm =
        static_cast<std::uint32_t>((static_cast<Wide>(point) * table::kTotalPpm) >> 64);
    steps.push_back({"layer", layer.name + ": point " + percent_text(point_ppm) +
                                  (inside ? " lies in " : " lies outside of ") + ranges});
    return inside ? table::Absence::none : table::Absence::layer;
}

}  // namespace

table::Absence explain_participation(const NginxRules& rules, const std::optional<std::string>& key,
                                     std::vector<Step>& steps) {
    if (rules.holdout_ppm != 0) {
        const std::string size = percent_text(rules.holdout_ppm);
        if (!key || table::is_held_out(key->data(), key->size(), rules.holdout_ppm)) {
            steps.push_back({"holdout", key ? "belongs to the " + size + " who are held out"
                                            : "no key, so nobody can tell: held out"});
            return table::Absence::holdout;
        }
        steps.push_back({"holdout", "not one of the " + size + " who are held out"});
    }
    return rules.layer ? look_at_layer(*rules.layer, key, steps) : table::Absence::none;
}

}  // namespace teal::cli
