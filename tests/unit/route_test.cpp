// The choice for one request: who wins when several things speak, and what states allow.
#include "shared/table/route.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

using namespace teal::table;
using teal::fixtures::split;
using teal::fixtures::variant;

namespace {

constexpr std::uint64_t kHighest = std::numeric_limits<std::uint64_t>::max();

// a 25 %, b 25 %, c 50 %, all open until a test says otherwise.
struct Fixture {
    std::vector<std::uint64_t> words = encode_record(
        split("app", 1, {variant("a", 250'000), variant("b", 250'000), variant("c", 500'000)}));
    SplitRecord& record = *reinterpret_cast<SplitRecord*>(words.data());

    void set_state(std::uint32_t which, VariantState state) {
        record.variants[which].state = static_cast<std::uint8_t>(state);
    }
    Choice choose(const Wishes& wishes) const { return choose_without_key(record, wishes); }
};

bool is(const Choice& choice, std::uint32_t which, Reason reason) {
    return choice.variant == which && choice.reason == reason;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "A pin beats a rule, a rule beats a cookie, a cookie beats the key") {
    CHECK(is(choose({.pin = 0, .when = 1, .sticky = 2}), 0, Reason::pin));
    CHECK(is(choose({.when = 1, .sticky = 2}), 1, Reason::when));
    CHECK(is(choose({.sticky = 2}), 2, Reason::sticky));
    CHECK(is(choose({}), kNoVariant, Reason::key));
}

TEST_CASE("A split that is all one variant's needs no key") {
    const auto words =
        encode_record(split("app", 1, {variant("blue", 0), variant("green", 1'000'000)}));
    const auto& record = *reinterpret_cast<const SplitRecord*>(words.data());
    const Choice choice = choose_without_key(record, {});
    CHECK(is(choice, 1, Reason::only));
    CHECK(is(choose_without_key(record, {.sticky = 0}), 1, Reason::only));
    for (const std::uint64_t hash : {std::uint64_t{0}, kHighest / 2, kHighest}) {
        CHECK(variant_at(record, hash) == 1);
    }
}

TEST_CASE_METHOD(Fixture, "A draining variant keeps who has it and takes nobody else") {
    set_state(1, VariantState::draining);
    record.variants[1].weight_ppm = 0;
    CHECK(is(choose({.sticky = 1}), 1, Reason::sticky));
    CHECK(is(choose({.when = 1}), kNoVariant, Reason::key));
    CHECK(is(choose({.pin = 1}), 1, Reason::pin));
}

TEST_CASE_METHOD(Fixture, "A closed variant takes pins alone") {
    set_state(1, VariantState::closed);
    CHECK(is(choose({.pin = 1}), 1, Reason::pin));
    CHECK(is(choose({.when = 1}), kNoVariant, Reason::key));
    CHECK(is(choose({.sticky = 1}), kNoVariant, Reason::key));
}

TEST_CASE_METHOD(Fixture, "An open variant at 0 % takes rules and pins but keeps no cookie") {
    record.variants[1].weight_ppm = 0;
    CHECK(is(choose({.when = 1}), 1, Reason::when));
    CHECK(is(choose({.pin = 1}), 1, Reason::pin));
    CHECK(is(choose({.sticky = 1}), kNoVariant, Reason::key));
}

TEST_CASE_METHOD(Fixture, "A rule that cannot be followed leaves the word to the cookie") {
    set_state(1, VariantState::closed);
    CHECK(is(choose({.when = 1, .sticky = 2}), 2, Reason::sticky));
}

TEST_CASE_METHOD(Fixture, "A hash on a bound belongs to the piece that begins there") {
    const std::uint64_t first = record.segments[0].bound;
    const std::uint64_t second = record.segments[1].bound;
    CHECK(variant_at(record, 0) == 0);
    CHECK(variant_at(record, first - 1) == 0);
    CHECK(variant_at(record, first) == 1);
    CHECK(variant_at(record, second - 1) == 1);
    CHECK(variant_at(record, second) == 2);
    CHECK(variant_at(record, kHighest - 1) == 2);
    CHECK(variant_at(record, kHighest) == 2);
}

TEST_CASE("A reason is told by the word that logs show") {
    CHECK(std::string_view(reason_text(Reason::pin)) == "pin");
    CHECK(std::string_view(reason_text(Reason::when)) == "when");
    CHECK(std::string_view(reason_text(Reason::sticky)) == "sticky");
    CHECK(std::string_view(reason_text(Reason::key)) == "key");
    CHECK(std::string_view(reason_text(Reason::only)) == "only");
    CHECK(std::string_view(reason_text(Reason::fallback)) == "default");
    CHECK(std::string_view(reason_text(Reason::tripped)) == "tripped");
}

TEST_CASE_METHOD(Fixture, "Who takes no part gets the default, before or after the rules") {
    const auto absent = [](Absence absence, Wishes wishes) {
        wishes.absence = absence;
        wishes.home = 0;
        return wishes;
    };
    CHECK(is(choose(absent(Absence::excluded, {.pin = 2, .when = 1})), 2, Reason::pin));
    CHECK(is(choose(absent(Absence::excluded, {.when = 1, .sticky = 2})), 0, Reason::excluded));
    CHECK(is(choose(absent(Absence::holdout, {.when = 1, .sticky = 2})), 1, Reason::when));
    CHECK(is(choose(absent(Absence::holdout, {.sticky = 2})), 0, Reason::holdout));
    CHECK(is(choose(absent(Absence::layer, {.sticky = 2})), 0, Reason::layer));
}

TEST_CASE_METHOD(Fixture, "A default that takes no visitors is left to the ring") {
    const Wishes wishes{.absence = Absence::holdout, .home = 0};
    set_state(0, VariantState::draining);
    CHECK(is(choose(wishes), kNoVariant, Reason::holdout));
    set_state(0, VariantState::open);
    record.variants[0].weight_ppm = 0;
    CHECK(is(choose(wishes), kNoVariant, Reason::holdout));
    CHECK(is(choose({.absence = Absence::layer}), kNoVariant, Reason::layer));
}

TEST_CASE("Who takes no part follows the winner, who has the whole ring") {
    auto words = encode_record(split("app", 1, {variant("a", 0), variant("b", 1'000'000)}));
    const auto& record = *reinterpret_cast<SplitRecord*>(words.data());
    CHECK(is(choose_without_key(record, {.absence = Absence::excluded, .home = 0}), 1,
             Reason::excluded));
}
