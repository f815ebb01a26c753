#include "cli/traffic/weights.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/percent.hpp"

#include <algorithm>
#include <cstddef>

namespace teal::cli {
namespace {

using table::kTotalPpm;
using table::SplitImage;
using table::VariantImage;
using table::VariantState;

constexpr const char* kStates[] = {"open", "draining", "closed"};

// The variant asked for. A weight of its own is checked against the state it will have.
VariantImage& named_variant(SplitImage& split, const NamedVariant& named) {
    VariantImage* variant = split.find(named.name);
    if (variant == nullptr) {
        const std::vector<std::string> known = names_of(split.variants);
        throw wrong_input(
            split.name + " has no variant \"" + named.name + "\"" + did_you_mean(named.name, known),
            "use one of " + listed(known) + ", or add it: teal init --split " + split.name +
                " --variants " + named.name);
    }
    return *variant;
}

void set_state(SplitImage& split, const NamedVariant& named, VariantImage& variant,
               std::optional<VariantState> state) {
    if (state) {
        variant.state = *state;
    }
    if (variant.state == VariantState::open || named.weight_ppm.value_or(0) == 0) {
        return;
    }
    const std::string value = named.name + "=" + percent_text(*named.weight_ppm);
    if (state) {
        throw wrong_input(split.name + ": " + value + " and --state " + state_text(*state) +
                              " exclude each other, only open variants have weight",
                          "leave out the weight of " + named.name);
    }
    throw wrong_input(split.name + ": " + named.name + " is " + state_text(variant.state) +
                          " and cannot have weight (" + value + ")",
                      "add --state open to open it");
}

// New weights of the variants nobody named.
void share_rest(SplitImage& split, const std::vector<bool>& named, std::uint32_t rest) {
    std::vector<std::size_t> takers;
    std::vector<std::uint32_t> parts;
    std::uint64_t total = 0;
    for (std::size_t v = 0; v < split.variants.size(); ++v) {
        if (!named[v] && split.variants[v].state == VariantState::open) {
            takers.push_back(v);
            parts.push_back(split.variants[v].weight_ppm);
            total += parts.back();
        } else if (!named[v]) {
            split.variants[v].weight_ppm = 0;
        }
    }
    if (takers.empty()) {
        if (rest == 0) {
            return;
        }
        const bool all_named = std::find(named.begin(), named.end(), false) == named.end();
        throw wrong_input(
            split.name + ": the weights add up to " + percent_text(kTotalPpm - rest) + ", and " +
                (all_named ? "no other variant is left" : "no other variant is open") +
                " to take the remaining " + percent_text(rest),
            all_named ? "make them add up to 100"
                      : "make them add up to 100, or open another variant with --state open");
    }
    if (total == 0) {
        parts[0] = 1;  // nobody has anything: the first takes it, instead of waking all of them
    }
    const std::vector<std::uint32_t> shares = share_out(rest, parts);
    for (std::size_t i = 0; i < takers.size(); ++i) {
        split.variants[takers[i]].weight_ppm = shares[i];
    }
}

}  // namespace

std::vector<std::uint32_t> share_out(std::uint32_t amount,
                                     const std::vector<std::uint32_t>& parts) {
    std::uint64_t total = 0;
    for (const std::uint32_t part : parts) {
        total += part;
    }
    std::vector<std::uint32_t> shares(parts.size());
    std::vector<std::uint64_t> remainders(parts.size());
    std::vector<std::size_t> order(parts.size());
    std::uint32_t left = amount;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::uint64_t part = total == 0 ? 1 : parts[i];
        const std::uint64_t of = total == 0 ? parts.size() : total;
        shares[i] = static_cast<std::uint32_t>(amount * part / of);
        remainders[i] = amount * part % of;
        left -= shares[i];
        order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
    for (std::size_t i = 0; i < left; ++i) {
        ++shares[order[i]];
    }
    return shares;
}

void apply_request(SplitImage& split, const WeightRequest& request) {
    SplitImage changed = split;
    std::vector<bool> named(changed.variants.size());
    std::uint64_t sum = 0;
    for (const NamedVariant& wish : request.variants) {
        VariantImage& variant = named_variant(changed, wish);
        const auto place = static_cast<std::size_t>(&variant - changed.variants.data());
        if (named[place]) {
            throw wrong_input(split.name + ": " + wish.name + " is named twice",
                              "name each variant once");
        }
        named[place] = true;
        set_state(changed, wish, variant, request.state);
        variant.weight_ppm =
            variant.state == VariantState::open ? wish.weight_ppm.value_or(variant.weight_ppm) : 0;
        sum += variant.weight_ppm;
    }
    if (sum > kTotalPpm) {
        throw wrong_input(split.name + ": the weights add up to " +
                              percent_text(static_cast<std::uint32_t>(sum)) + ", more than 100 %",
                          "make them add up to 100 at most");
    }
    share_rest(changed, named, kTotalPpm - static_cast<std::uint32_t>(sum));
    split = std::move(changed);
}

const char* state_text(VariantState state) {
    return kStates[static_cast<unsigned>(state)];
}

VariantState parse_state(const std::string& text) {
    for (unsigned i = 0; i < 3; ++i) {
        if (text == kStates[i]) {
            return static_cast<VariantState>(i);
        }
    }
    throw wrong_input(
        "--state \"" + text + "\" is not a state" + did_you_mean(text, {kStates, kStates + 3}),
        "use open, draining or closed");
}

std::vector<std::string> names_of(const std::vector<VariantImage>& variants) {
    std::vector<std::string> names;
    for (const VariantImage& variant : variants) {
        names.push_back(variant.name);
    }
    return names;
}

std::vector<std::string> names_of(const std::vector<SplitImage>& splits) {
    std::vector<std::string> names;
    for (const SplitImage& split : splits) {
        names.push_back(split.name);
    }
    return names;
}

}  // namespace teal::cli
