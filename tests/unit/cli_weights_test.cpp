#include "cli/traffic/weights.hpp"

#include "cli/error.hpp"
#include "tests/catch.hpp"

#include <numeric>
#include <random>

using namespace teal;
using cli::apply_request;
using cli::share_out;
using table::VariantState;

namespace {

table::SplitImage split_of(const std::vector<std::uint32_t>& weights) {
    table::SplitImage split;
    split.name = "app";
    for (std::size_t v = 0; v < weights.size(); ++v) {
        split.variants.push_back(
            {std::string(1, static_cast<char>('a' + v)), weights[v], VariantState::open, {}});
    }
    return split;
}

std::vector<std::uint32_t> weights_of(const table::SplitImage& split) {
    std::vector<std::uint32_t> weights;
    for (const table::VariantImage& variant : split.variants) {
        weights.push_back(variant.weight_ppm);
    }
    return weights;
}

std::string refusal(table::SplitImage split, const cli::WeightRequest& request) {
    const std::vector<std::uint32_t> before = weights_of(split);
    try {
        apply_request(split, request);
    } catch (const cli::Error& error) {
        CHECK(error.code() == cli::ExitCode::usage);
        CHECK_FALSE(error.next_step().empty());
        CHECK(weights_of(split) == before);
        return error.what();
    }
    return "accepted";
}

using Weights = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("the variants that were not named share the rest in their proportion") {
    table::SplitImage split = split_of({600'000, 300'000, 100'000});
    apply_request(split, {"app", {{"c", 550'000}}, std::nullopt});
    CHECK(weights_of(split) == Weights{300'000, 150'000, 550'000});

    split = split_of({1'000'000, 0});
    apply_request(split, {"app", {{"b", 250'000}}, std::nullopt});
    CHECK(weights_of(split) == Weights{750'000, 250'000});
}

TEST_CASE("when the others have nothing the first open one takes the rest") {
    table::SplitImage split = split_of({0, 0, 1'000'000});
    apply_request(split, {"app", {{"c", 400'000}}, std::nullopt});
    CHECK(weights_of(split) == Weights{600'000, 0, 400'000});

    split.variants[0].state = VariantState::closed;
    split.variants[0].weight_ppm = 0;
    split.variants[2].weight_ppm = 1'000'000;
    apply_request(split, {"app", {{"c", 0}}, std::nullopt});
    CHECK(weights_of(split) == Weights{0, 1'000'000, 0});
}

TEST_CASE("shares add up exactly and are never more than one off") {
    std::mt19937_64 random(20261123);
    for (int round = 0; round < 20'000; ++round) {
        Weights parts(1 + random() % 8);
        std::uint64_t total = 0;
        for (std::uint32_t& part : parts) {
            part = static_cast<std::uint32_t>(random() % 3 == 0 ? 0 : random() % 1'000'001);
            total += part;
        }
        const auto amount = static_cast<std::uint32_t>(random() % 1'000'001);
        const Weights shares = share_out(amount, parts);
        if (std::accumulate(shares.begin(), shares.end(), std::uint64_t{0}) != amount) {
            FAIL("the shares do not add up in round " << round);
        }
        for (std::size_t i = 0; total != 0 && i < parts.size(); ++i) {
            const double exact =
                static_cast<double>(amount) * parts[i] / static_cast<double>(total);
            if (std::abs(exact - shares[i]) > 1.0 || (parts[i] == 0 && shares[i] != 0)) {
                FAIL("share " << i << " is off in round " << round);
            }
        }
    }
}

TEST_CASE("whatever is asked for, weights add up and only open variants have some") {
    std::mt19937_64 random(7);
    table::SplitImage split = split_of({1'000'000, 0, 0, 0});
    for (int round = 0; round < 20'000; ++round) {
        cli::WeightRequest request{"app", {}, std::nullopt};
        if (random() % 2 == 0) {
            request.state = static_cast<VariantState>(random() % 3);
        }
        for (std::size_t v = 0; v < 4; ++v) {
            if (random() % 3 == 0) {
                const bool plain = request.state && random() % 2 == 0;
                request.variants.push_back(
                    {std::string(1, static_cast<char>('a' + v)),
                     plain ? std::nullopt
                           : std::optional(static_cast<std::uint32_t>(random() % 4 * 200'000))});
            }
        }
        try {
            apply_request(split, request);
        } catch (const cli::Error&) {
        }
        std::uint64_t sum = 0;
        for (const table::VariantImage& variant : split.variants) {
            sum += variant.weight_ppm;
            if (variant.state != VariantState::open && variant.weight_ppm != 0) {
                FAIL(variant.name << " is not open and has weight");
            }
        }
        if (sum != table::kTotalPpm) {
            FAIL("the weights add up to " << sum);
        }
    }
}

TEST_CASE("draining and closing a variant hands its weight to the others") {
    table::SplitImage split = split_of({500'000, 300'000, 200'000});
    apply_request(split, {"app", {{"a", std::nullopt}}, VariantState::draining});
    CHECK(weights_of(split) == Weights{0, 600'000, 400'000});
    CHECK(split.variants[0].state == VariantState::draining);
    apply_request(split, {"app", {{"a", std::nullopt}}, VariantState::open});
    CHECK(weights_of(split) == Weights{0, 600'000, 400'000});
    CHECK(split.variants[0].state == VariantState::open);
}

TEST_CASE("weights that cannot be are refused and nothing changes") {
    using Catch::Matchers::ContainsSubstring;
    table::SplitImage split = split_of({1'000'000, 0});
    CHECK_THAT(refusal(split, {"app", {{"a", 600'000}, {"b", 600'000}}, std::nullopt}),
               ContainsSubstring("120 %"));
    CHECK_THAT(refusal(split, {"app", {{"a", 600'000}, {"b", 300'000}}, std::nullopt}),
               ContainsSubstring("90 %"));
    CHECK_THAT(refusal(split, {"app", {{"b", 1}, {"b", 2}}, std::nullopt}),
               ContainsSubstring("twice"));
    CHECK_THAT(refusal(split, {"app", {{"bb", 1}}, std::nullopt}),
               ContainsSubstring("did you mean \"b\""));
    CHECK_THAT(refusal(split, {"app", {{"b", 1}}, VariantState::draining}),
               ContainsSubstring("exclude each other"));
    CHECK_THAT(
        refusal(split, {"app", {{"a", std::nullopt}, {"b", std::nullopt}}, VariantState::closed}),
        ContainsSubstring("0 %"));
    split.variants[1].state = VariantState::closed;
    CHECK_THAT(refusal(split, {"app", {{"b", 10'000}}, std::nullopt}),
               ContainsSubstring("b is closed"));
    CHECK_THAT(refusal(split, {"app", {{"a", 500'000}}, std::nullopt}),
               ContainsSubstring("no other variant is open"));
}
