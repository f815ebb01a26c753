#include "cli/traffic/explanation.hpp"

#include "tests/catch.hpp"

using namespace teal;
using cli::Circumstances;
using cli::explain;
using cli::RequestFacts;
using table::Reason;

namespace {

constexpr std::uint64_t kNow_s = 1'795'000'000;

table::SplitImage half_and_half() {
    table::SplitImage split;
    split.name = "app";
    split.salt = 0x5eed;
    split.variants = {{"blue", 500'000, table::VariantState::open, {}},
                      {"green", 500'000, table::VariantState::open, {}}};
    split.apply_weights();
    return split;
}

Circumstances as_configured() {
    Circumstances around;
    around.rules = cli::parse_rules(
        "pin $http_x_teal_variant\nwhen $beta_user green\nsticky teal_app 2592000\n"
        "key $cookie_session\nkey $remote_addr$http_user_agent\ndefault blue\n");
    around.known_variants = {"blue", "green"};
    around.signers.emplace_back().set_secret("0123456789abcdef0123456789abcdef");
    around.now_unix_s = kNow_s;
    return around;
}

std::string sticky_cookie(const table::SplitImage& split, const Circumstances& around,
                          std::string_view variant) {
    const sticky::Scope scope{split.name, split.salt, around.signers.data(), 1, 2'592'000};
    char text[sticky::kMaxCookieBytes];
    const sticky::Cookie cookie{variant, kNow_s - 60, 1, true};
    return {text, sticky::write_cookie(scope, cookie, text)};
}

// A key whose visitor belongs to this variant.
std::string key_on(const table::SplitImage& split, const std::string& variant) {
    for (int i = 0;; ++i) {
        RequestFacts facts;
        facts.key = "visitor " + std::to_string(i);
        if (explain(split, {}, facts).variant == variant) {
            return *facts.key;
        }
    }
}

}  // namespace

TEST_CASE("pin goes before when, when before sticky, sticky before the key") {
    const table::SplitImage split = half_and_half();
    const Circumstances around = as_configured();
    RequestFacts facts;
    facts.cookies = {{"session", key_on(split, "blue")}};
    CHECK(explain(split, around, facts).variant == "blue");
    CHECK(explain(split, around, facts).reason == Reason::key);

    facts.cookies.emplace_back("teal_app", sticky_cookie(split, around, "green"));
    CHECK(explain(split, around, facts).variant == "green");
    CHECK(explain(split, around, facts).reason == Reason::sticky);

    facts.cookies.back().second = sticky_cookie(split, around, "blue");
    facts.variables = {{"beta_user", "1"}};
    CHECK(explain(split, around, facts).variant == "green");
    CHECK(explain(split, around, facts).reason == Reason::when);

    facts.headers = {{"X-Teal-Variant", "blue"}};
    CHECK(explain(split, around, facts).variant == "blue");
    CHECK(explain(split, around, facts).reason == Reason::pin);
}

TEST_CASE("the first key that is not empty is hashed") {
    const table::SplitImage split = half_and_half();
    RequestFacts by_address;
    by_address.address = "192.0.2.7";
    by_address.headers = {{"user-agent", "curl/8"}};
    RequestFacts outright;
    outright.key = "192.0.2.7curl/8";
    const cli::Explanation explained = explain(split, as_configured(), by_address);
    REQUIRE(explained.place.has_value());
    CHECK(explained.place->hash == explain(split, as_configured(), outright).place->hash);
}

TEST_CASE("without any key nginx draws at random, and unknown variables are named") {
    const cli::Explanation explained = explain(half_and_half(), as_configured(), {});
    CHECK(explained.variant.empty());
    std::vector<std::string> missing;
    for (const cli::MissingFact& fact : explained.missing) {
        missing.push_back(fact.variable + " " + fact.next_step);
    }
    CHECK(missing == std::vector<std::string>{
                         "$http_x_teal_variant --header 'x-teal-variant: …'",
                         "$beta_user --var beta_user=…", "$cookie_session --cookie session=…",
                         "$remote_addr --address IP", "$http_user_agent --header 'user-agent: …'"});
}

TEST_CASE("a cookie that was tampered with is worth nothing") {
    const table::SplitImage split = half_and_half();
    const Circumstances around = as_configured();
    RequestFacts facts;
    facts.key = key_on(split, "blue");
    std::string cookie = sticky_cookie(split, around, "green");
    cookie.back() = cookie.back() == 'A' ? 'B' : 'A';
    facts.cookies = {{"teal_app", cookie}};
    CHECK(explain(split, around, facts).variant == "blue");
}

TEST_CASE("a tripped canary gets nobody but who is pinned to it") {
    table::SplitImage split = half_and_half();
    split.guard.armed = 1;
    split.guard.canary = 1;
    Circumstances around = as_configured();
    around.tripped = true;
    RequestFacts facts;
    facts.key = key_on(split, "green");
    CHECK(explain(split, around, facts).variant == "blue");
    CHECK(explain(split, around, facts).reason == Reason::tripped);
    facts.variables = {{"beta_user", "1"}};
    CHECK(explain(split, around, facts).reason == Reason::tripped);
    facts.headers = {{"x-teal-variant", "green"}};
    CHECK(explain(split, around, facts).variant == "green");
}

TEST_CASE("rules hold for values that are neither empty nor 0, and only for open variants") {
    table::SplitImage split = half_and_half();
    RequestFacts facts;
    facts.key = key_on(split, "blue");
    facts.variables = {{"beta_user", "0"}};
    CHECK(explain(split, as_configured(), facts).reason == Reason::key);
    facts.variables = {{"beta_user", "yes"}};
    CHECK(explain(split, as_configured(), facts).reason == Reason::when);
    split.variants[1].state = table::VariantState::draining;
    split.variants[1].weight_ppm = 0;
    split.variants[0].weight_ppm = 1'000'000;
    split.apply_weights();
    CHECK(explain(split, as_configured(), facts).reason == Reason::only);
}

TEST_CASE("expressions are text and variables as nginx writes them") {
    RequestFacts facts;
    facts.variables = {{"tier", "gold"}};
    facts.headers = {{"Cookie", "a=1; session=xyz"}, {"X-Long-Name", "v"}};
    facts.arguments = {{"q", "teal"}};
    facts.address = "192.0.2.1";
    cli::Evaluation evaluation(facts);
    CHECK(evaluation.value_of("x-${tier}y") == "x-goldy");
    CHECK(evaluation.value_of("$cookie_session") == "xyz");
    CHECK(evaluation.value_of("$http_x_long_name/$arg_q") == "v/teal");
    CHECK(evaluation.value_of("$binary_remote_addr") == std::string("\xc0\x00\x02\x01", 4));
    CHECK(evaluation.missing().empty());
    CHECK(evaluation.value_of("$uri").empty());
    REQUIRE(evaluation.missing().size() == 1);
    CHECK(evaluation.missing()[0].next_step == "--var uri=…");
}

TEST_CASE("rules of nginx.conf are read line by line, unknown ones are left out") {
    const cli::NginxRules rules = cli::parse_rules(
        "key $a b\nwhen $x y green\nfuture thing\nsticky c 60\npin $p\ndefault blue\nkey $z");
    CHECK(rules.keys == std::vector<std::string>{"$a b", "$z"});
    REQUIRE(rules.when.size() == 1);
    CHECK(rules.when[0].expression == "$x y");
    CHECK(rules.when[0].variant == "green");
    REQUIRE(rules.sticky.has_value());
    CHECK(rules.sticky->max_age_s == 60);
    CHECK(rules.default_variant == "blue");
}

TEST_CASE("who is excluded, held out or outside of a layer gets the default, and why is told") {
    const table::SplitImage split = half_and_half();
    Circumstances around = as_configured();
    RequestFacts facts;
    facts.key = key_on(split, "green");
    const auto said = [&](const char* more) {
        around.rules = cli::parse_rules(
            std::string("sticky teal_app 3600\nkey $arg_key\ndefault blue\n") + more);
        const auto told = explain(split, around, facts);
        std::string text = told.variant + " " + table::reason_text(told.reason);
        for (const auto& step : told.steps) {
            text += "\n" + step.rule + ": " + step.finding;
        }
        return text;
    };
    using Catch::Matchers::ContainsSubstring;
    using Catch::Matchers::StartsWith;
    CHECK_THAT(said(""), StartsWith("green key"));
    CHECK_THAT(said("holdout 100\n"), StartsWith("blue holdout"));
    CHECK_THAT(said("holdout 0.0001%\n"), StartsWith("green key"));
    CHECK_THAT(said("holdout 0.0001%\n"), ContainsSubstring("not one of the 0.0001 %"));
    CHECK_THAT(said("layer l 0.0000-50.0000,50.0000-100.0000\n"), StartsWith("green key"));
    CHECK_THAT(said("layer l 0.0000-0.0001\n"), StartsWith("blue layer"));
    CHECK_THAT(said("layer l 0.0000-0.0001\n"), ContainsSubstring("lies outside of 0 % to"));
    facts.variables = {{"bot", "1"}};
    CHECK_THAT(said("exclude $bot\n"), StartsWith("blue excluded"));
    facts.variables = {{"bot", "0"}};
    CHECK_THAT(said("exclude $bot\n"), StartsWith("green key"));
    facts.key.reset();
    CHECK_THAT(said("holdout 0.0001%\n"), StartsWith("blue holdout"));
    CHECK_THAT(said("layer l 0.0000-100.0000\n"), StartsWith("blue layer"));
}
