#include "cli/error.hpp"
#include "cli/suggestion.hpp"
#include "cli/traffic/set_words.hpp"
#include "tests/catch.hpp"

using namespace teal;
using cli::nearest;
using cli::parse_set_words;

namespace {

table::TableImage table_with(const std::vector<std::string>& splits) {
    table::TableImage image;
    for (const std::string& name : splits) {
        table::SplitImage& split = image.splits.emplace_back();
        split.name = name;
        split.variants = {{"blue", 1'000'000, table::VariantState::open, {}},
                          {"green", 0, table::VariantState::open, {}}};
    }
    return image;
}

std::string refusal(const std::vector<std::string>& words,
                    std::optional<table::VariantState> state = std::nullopt) {
    try {
        (void)parse_set_words(words, state, table_with({"app", "api"}));
    } catch (const cli::Error& error) {
        CHECK(error.code() == cli::ExitCode::usage);
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a word without '=' starts the next split") {
    const auto requests = parse_set_words({"app", "green=25", "api", "blue=0", "green=100"},
                                          std::nullopt, table_with({"app", "api"}));
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].split == "app");
    REQUIRE(requests[0].variants.size() == 1);
    CHECK(requests[0].variants[0].weight_ppm == 250'000u);
    CHECK(requests[1].split == "api");
    CHECK(requests[1].variants.size() == 2);
}

TEST_CASE("with a state a word may name a variant of the split before it") {
    const auto requests = parse_set_words({"app", "blue", "api", "green=100"},
                                          table::VariantState::open, table_with({"app", "api"}));
    REQUIRE(requests.size() == 2);
    REQUIRE(requests[0].variants.size() == 1);
    CHECK(requests[0].variants[0].name == "blue");
    CHECK_FALSE(requests[0].variants[0].weight_ppm.has_value());
}

TEST_CASE("words that say nothing or the same thing twice are refused") {
    using Catch::Matchers::ContainsSubstring;
    CHECK_THAT(refusal({}), ContainsSubstring("no split"));
    CHECK_THAT(refusal({"green=5"}), ContainsSubstring("before any split"));
    CHECK_THAT(refusal({"app"}), ContainsSubstring("nothing is said about split \"app\""));
    CHECK_THAT(refusal({"app", "api", "green=5"}), ContainsSubstring("nothing is said"));
    CHECK_THAT(refusal({"app", "green"}), ContainsSubstring("has no weight"));
    CHECK_THAT(refusal({"app", "gren"}, table::VariantState::closed),
               ContainsSubstring("did you mean \"green\""));
    CHECK_THAT(refusal({"app", "green=5", "app", "blue=5"}), ContainsSubstring("twice"));
    CHECK_THAT(refusal({"app", "=5"}), ContainsSubstring("not VARIANT=PERCENT"));
    CHECK_THAT(refusal({"app", "green=-5"}), ContainsSubstring("negative"));
}

TEST_CASE("an unknown split is named with the one that was meant") {
    table::TableImage image = table_with({"app", "billing"});
    try {
        (void)cli::split_named(image, "biling");
        FAIL("accepted");
    } catch (const cli::Error& error) {
        CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("did you mean \"billing\""));
    }
}

TEST_CASE("suggestions are near or not made") {
    const std::vector<std::string> known = {"show", "set", "watch", "explain", "endpoints"};
    CHECK(nearest("shwo", known) == "show");
    CHECK(nearest("SET", known) == "set");
    CHECK(nearest("explian", known) == "explain");
    CHECK(nearest("end", known) == "endpoints");
    CHECK(nearest("promote", known).empty());
    CHECK(nearest("b", {"a"}).empty());
    CHECK(nearest("", known).empty());
}
