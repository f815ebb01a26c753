#include "cli/traffic/color_change.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/endpoint_edit.hpp"
#include "cli/traffic/hold.hpp"
#include "cli/traffic/weights.hpp"
#include "shared/table/writing/address.hpp"

#include <algorithm>
#include <functional>

namespace teal::cli {
namespace {

using table::SplitImage;
using table::TableImage;
using table::VariantImage;
using table::VariantState;

template <typename Image>
auto& split_in(Image& image, const std::string& name) {
    auto* split = image.find(name);
    if (split == nullptr) {
        throw wrong_input(
            "split " + name + " is not in the table" + did_you_mean(name, names_of(image.splits)),
            "teal init --split " + name + " --variants blue,green");
    }
    return *split;
}

template <typename Split>
auto& variant_in(Split& split, Color color) {
    auto* variant = split.find(name_of(color));
    if (variant == nullptr) {
        throw wrong_input("split " + split.name + " has no variant " + name_of(color) +
                              ", it has " + listed(names_of(split.variants)),
                          "teal init --split " + split.name + " --variants blue,green");
    }
    return *variant;
}

std::vector<std::string> split_names(const std::vector<SplitEndpoints>& endpoints) {
    std::vector<std::string> names;
    names.reserve(endpoints.size());
    for (const SplitEndpoints& entry : endpoints) {
        names.push_back(entry.split);
    }
    return names;
}

void give_everything(SplitImage& split, Color color) {
    for (VariantImage& variant : split.variants) {
        const bool taker = variant.name == name_of(color);
        variant.weight_ppm = taker ? table::kTotalPpm : 0;
        if (taker) {
            variant.state = VariantState::open;
        } else if (variant.name == name_of(other(color))) {
            variant.state = VariantState::closed;
        }
    }
    split.guard.armed = 0;
    split.apply_weights();
}

// What is compared to see whether a publication is needed.
bool same_splits(const TableImage& one, const TableImage& two) {
    for (std::size_t s = 0; s < one.splits.size(); ++s) {
        if (table::encode_record(one.splits[s]) != table::encode_record(two.splits[s])) {
            return false;
        }
    }
    return true;
}

using Edit = std::function<void(TableImage&)>;

Change publish_edit(const ChangeTerms& terms, const std::vector<std::string>& touched,
                    const Edit& edit) {
    NginxView nginx(terms.paths.counters);
    if (const std::string problem = nginx.problem(); !problem.empty()) {
        throw failure("nginx's counters cannot be read: " + problem,
                      "run as root or as nginx's worker user");
    }
    if (!nginx.has_live_worker()) {
        throw nothing_there("no live nginx worker " +
                                std::string(nginx.is_open() ? "in " : "has made ") + nginx.path(),
                            "start nginx with the module loaded: teal doctor");
    }
    TableSession session(terms.paths, terms.holder, terms.lock_patience);
    const TableImage before = session.image();
    edit(session.image());
    const bool changed = !same_splits(before, session.image());
    if (changed) {
        carry_trips(session.image(), nginx, touched);
    }
    Change change = publish_and_prove(session, nginx, changed, true, terms.proof_patience);
    demand_applied(change, static_cast<double>(terms.proof_patience.count()) / 1000.0);
    return change;
}

Change switch_splits(const ChangeTerms& terms, const std::vector<SplitEndpoints>& endpoints,
                     Color color, bool releases) {
    return publish_edit(terms, split_names(endpoints), [&](TableImage& image) {
        for (const SplitEndpoints& entry : endpoints) {
            SplitImage& split = split_in(image, entry.split);
            VariantImage& variant = variant_in(split, color);
            if (!entry.addresses.empty()) {
                edit_endpoints(variant, EndpointAction::set, parse_endpoints(entry.addresses));
            }
            if (variant.endpoints.empty()) {
                throw wrong_input(std::string(name_of(color)) + " of split " + split.name +
                                      " has no endpoint: it is not deployed",
                                  "deploy it: teal upgrade perform");
            }
            give_everything(split, color);
            if (releases) {
                clear_hold(split);
            }
        }
    });
}

}  // namespace

ServingState serving_state(const TableImage& image, const std::vector<std::string>& splits) {
    ServingState state;
    std::vector<std::pair<std::string, Color>> leaders;
    for (const std::string& name : splits) {
        const SplitImage& split = split_in(image, name);
        const VariantImage& blue = variant_in(split, Color::blue);
        const VariantImage& green = variant_in(split, Color::green);
        if (blue.weight_ppm > 0 && green.weight_ppm > 0) {
            state.shared.push_back(name);
        }
        const bool blue_leads = blue.weight_ppm >= green.weight_ppm;
        if (!blue.endpoints.empty() || !green.endpoints.empty()) {
            state.nothing_deployed = false;
        }
        if (!(blue_leads ? blue : green).endpoints.empty()) {
            leaders.emplace_back(name, blue_leads ? Color::blue : Color::green);
        }
    }
    if (!leaders.empty()) {
        state.active = leaders.front().second;
        for (const auto& [name, color] : leaders) {
            if (color != *state.active) {
                state.against.push_back(name);
            }
        }
    }
    return state;
}

std::vector<std::string> splits_with_colors(const TableImage& image) {
    std::vector<std::string> names;
    for (const SplitImage& split : image.splits) {
        if (split.find("blue") != nullptr && split.find("green") != nullptr) {
            names.push_back(split.name);
        }
    }
    return names;
}

bool has_weight(const TableImage& image, const std::vector<std::string>& splits, Color color) {
    return std::any_of(splits.begin(), splits.end(), [&](const std::string& name) {
        const SplitImage* split = image.find(name);
        const VariantImage* variant = split != nullptr ? split->find(name_of(color)) : nullptr;
        return variant != nullptr && variant->weight_ppm > 0;
    });
}

std::vector<SplitEndpoints> endpoints_of(const TableImage& image,
                                         const std::vector<std::string>& splits, Color color) {
    std::vector<SplitEndpoints> found;
    for (const std::string& name : splits) {
        SplitEndpoints entry{name, {}};
        for (const table::Endpoint& endpoint : variant_in(split_in(image, name), color).endpoints) {
            entry.addresses.push_back(std::string(table::text_of(endpoint)));
        }
        found.push_back(std::move(entry));
    }
    return found;
}

Change announce(const ChangeTerms& terms, const std::vector<SplitEndpoints>& endpoints,
                Color color) {
    return publish_edit(terms, split_names(endpoints), [&](TableImage& image) {
        for (const SplitEndpoints& entry : endpoints) {
            SplitImage& split = split_in(image, entry.split);
            VariantImage& variant = variant_in(split, color);
            if (variant.weight_ppm > 0 && variant.endpoints.empty() &&
                variant_in(split, other(color)).endpoints.empty()) {
                give_everything(split, other(color));
            }
            edit_endpoints(variant, EndpointAction::set, parse_endpoints(entry.addresses));
            if (variant.weight_ppm == 0) {
                variant.state = VariantState::closed;
            }
        }
    });
}

Change switch_traffic(const ChangeTerms& terms, const std::vector<SplitEndpoints>& endpoints,
                      Color color) {
    return switch_splits(terms, endpoints, color, false);
}

Change switch_and_release(const ChangeTerms& terms, const std::vector<SplitEndpoints>& endpoints,
                          Color color) {
    return switch_splits(terms, endpoints, color, true);
}

Change withdraw(const ChangeTerms& terms, const std::vector<std::string>& splits, Color color) {
    return publish_edit(terms, splits, [&](TableImage& image) {
        for (const std::string& name : splits) {
            SplitImage& split = split_in(image, name);
            VariantImage& variant = variant_in(split, color);
            if (variant.endpoints.empty()) {
                continue;
            }
            if (variant.weight_ppm > 0) {
                throw failure(std::string(name_of(color)) + " serves split " + name,
                              "switch to the other color first: teal upgrade switch " +
                                  std::string(name_of(other(color))));
            }
            variant.endpoints.clear();
            variant.state = VariantState::closed;
        }
    });
}

void withdraw_both(const ChangeTerms& terms, const std::vector<std::string>& splits) {
    NginxView nginx(terms.paths.counters);
    TableSession session(terms.paths, terms.holder, terms.lock_patience);
    const TableImage before = session.image();
    for (const std::string& name : splits) {
        SplitImage& split = split_in(session.image(), name);
        for (const Color color : {Color::blue, Color::green}) {
            variant_in(split, color).endpoints.clear();
        }
    }
    publish_and_prove(session, nginx, !same_splits(before, session.image()), false, {});
}

}  // namespace teal::cli
