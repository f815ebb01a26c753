// Who gets which variant, and which reason nginx tells for it.
#include <cmath>
#include <set>
#include <string>

#include "shared/mapping/shared_word.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;

namespace {

// Four standard deviations of a binomial count: one false alarm in 16 000, and keys are fixed.
double tolerance(int count, double share) {
    return 4 * std::sqrt(count * share * (1 - share));
}

}  // namespace

TEST_CASE("keys are shared out by weight, and none or all of them at the edges", "[decision]") {
    Site site;
    constexpr int kKeys = 2000;
    for (const double percent : {0.0, 1.0, 10.0, 33.3333, 50.0, 99.0, 100.0}) {
        site.control.set("app", {{"blue", 100 - percent}, {"green", percent}});
        auto seen = site.tally(kKeys);
        CAPTURE(percent);
        CHECK(seen["blue"] + seen["green"] == kKeys);
        CHECK(std::abs(seen["green"] - kKeys * percent / 100) <= tolerance(kKeys, percent / 100));
    }
    CHECK(site.decided("/?key=1") == "green only");
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    CHECK_THAT(site.decided("/?key=1"), Catch::Matchers::ContainsSubstring(" key"));
}

TEST_CASE("growing a variant moves only the keys it gains", "[decision]") {
    Site site;
    site.control.set("app", {{"blue", 90}, {"green", 10}});
    std::set<int> green;
    for (int i = 0; i < 1000; ++i) {
        if (site.decided("/?key=" + std::to_string(i)) == "green key") {
            green.insert(i);
        }
    }
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    for (const int key : green) {
        CHECK(site.decided("/?key=" + std::to_string(key)) == "green key");
    }
}

TEST_CASE("the first key that is not empty decides", "[decision]") {
    Site site({.rules = "key $cookie_session $arg_key;\n"});
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string(i);
        const auto by_argument = site.decided("/?key=" + key);
        // An empty first key is as none; the same key decides alike wherever it stands.
        CHECK(site.decided("/?key=" + key, {{"Cookie", "session="}}) == by_argument);
        CHECK(site.decided("/?key=other", {{"Cookie", "session=" + key}}) == by_argument);
    }
}

TEST_CASE("requests without any key are shared out exactly by chance", "[decision]") {
    Site site;
    site.control.set("app", {{"blue", 80}, {"green", 20}});
    constexpr int kRequests = 2000;
    auto seen = site.tally(kRequests, "/");
    CHECK(std::abs(seen["green"] - kRequests * 0.2) <= tolerance(kRequests, 0.2));
    site.control.set("app", {{"blue", 100}, {"green", 0}});
    CHECK(site.tally(200, "/")["blue"] == 200);
}

TEST_CASE("a pin names the variant outright, and an unknown name is as none", "[decision]") {
    Site site;
    CHECK(site.decided("/", {{"X-Pin", "green"}}) == "green pin");
    CHECK(site.decided("/", {{"X-Pin", "blue"}}) == "blue pin");
    CHECK(site.decided("/", {{"X-Pin", "red"}}) == "blue only");
    CHECK(site.decided("/", {{"X-Pin", "GREEN"}}) == "blue only");
    CHECK(site.decided("/", {{"X-Pin", std::string(5000, 'g')}}) == "blue only");
}

TEST_CASE("rules take any variable, in order, and hold unless empty or 0", "[decision]") {
    Site site({.split = "when $from_map a; when $http_x_beta b; when $cookie_beta a;\n"
                        "when $arg_beta c; variant a; variant b; variant c; default c;\n",
               .http = "map $http_user_agent $from_map { default ''; ~Firefox 1; ~Zero 0; }\n",
               .publish = false});
    site.control.apply([&](table::TableImage& image) {
        const char* address = site.blue.address().c_str();
        image.splits.push_back(fixtures::split(
            "app", 5,
            {fixtures::variant("a", 0, {address}), fixtures::variant("b", 0, {address}),
             fixtures::variant("c", 1'000'000, {address})}));
    });
    CHECK(site.decided() == "c only");
    CHECK(site.decided("/", {{"User-Agent", "Firefox"}}) == "a when");
    CHECK(site.decided("/", {{"User-Agent", "Zero"}}) == "c only");
    CHECK(site.decided("/", {{"X-Beta", "1"}}) == "b when");
    CHECK(site.decided("/", {{"X-Beta", "0"}}) == "c only");
    CHECK(site.decided("/", {{"Cookie", "beta=yes"}}) == "a when");
    CHECK(site.decided("/?beta=on") == "c when");
    CHECK(site.decided("/?beta=on", {{"X-Beta", "1"}, {"User-Agent", "Firefox"}}) == "a when");
    // Precedence; a rule for a variant that is not open does not hold, and the next one is not
    // asked: the visitor is no beta visitor of it.
    CHECK(site.decided("/", {{"X-Beta", "1"}, {"X-Pin", "a"}}) == "a pin");
    site.control.set_state("app", "b", table::VariantState::draining);
    CHECK(site.decided("/", {{"X-Beta", "1"}}) == "c only");
}

TEST_CASE("a closed variant serves nobody but pins", "[decision]") {
    Site site({.split = "variant blue; variant green; default blue; when $arg_beta green;\n"});
    site.control.set_state("app", "green", table::VariantState::closed);
    CHECK(site.decided("/?beta=1") == "blue only");
    CHECK(site.decided("/?beta=1", {{"X-Pin", "green"}}) == "green pin");
}

TEST_CASE("a request tells the generation that decided it", "[decision]") {
    Site site;
    const auto before = site.control.generation();
    CHECK(site.get().headers.get("X-Generation") == std::to_string(before));
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.get().headers.get("X-Generation") == std::to_string(before + 1));
}

TEST_CASE("without a table the default variant's name is told, and 502 when it has no endpoint",
          "[decision]") {
    Site site({.publish = false});
    const auto answer = site.get();
    CHECK(answer.status == 502);
    CHECK(answer.headers.get("X-Variant") == "blue");
    CHECK(answer.headers.get("X-Reason") == "default");
    CHECK(answer.headers.get("X-Generation") == "0");
    publish_app(site.control, site.blue.address(), site.green.address());
    site.control.wait_applied(1);
    CHECK(site.get().status == 200);
}

TEST_CASE("a split that only the table or only nginx.conf knows disturbs nobody", "[decision]") {
    Site site(
        {.http = "teal_split lonely { variant x; default x; }\n",
         .server = "location = /lonely { return 200 \"$teal_lonely $teal_lonely_reason\"; }\n"});
    site.control.apply([&](table::TableImage& image) {
        image.splits.push_back(fixtures::split("unknown", 9, {fixtures::variant("y", 1'000'000)}));
    });
    CHECK(site.get("/lonely").body == "x default");
    CHECK(site.decided() == "blue only");
    // A variant that the table has and nginx.conf has not: the default serves its share.
    site.control.apply([&](table::TableImage& image) {
        auto& app = *image.find("app");
        app.variants.push_back(fixtures::variant("red", 1'000'000));
        app.find("blue")->weight_ppm = 0;
    });
    CHECK(site.decided() == "blue default");
}

TEST_CASE("variable names follow nginx's lower case, whatever the split's name says",
          "[decision]") {
    Site site(
        {.http = "teal_split Shop { variant x; default x; }\n",
         .server =
             "location = /shop { return 200 \"$teal_Shop $teal_shop $TEAL_SHOP_REASON\"; }\n"});
    CHECK(site.get("/shop").body == "x x default");
}

TEST_CASE("a tripped canary loses its traffic until the next publication", "[decision][guard]") {
    Site site;
    site.control.apply([](table::TableImage& image) {
        auto& app = *image.find("app");
        app.find("blue")->weight_ppm = 0;
        app.find("green")->weight_ppm = 1'000'000;
        app.guard.armed = 1;
        app.guard.canary = 1;
    });
    CHECK(site.decided() == "green only");
    counters::File file = site.control.counters_file(Access::read_write);
    auto& tripped = file.split(counters::find_split(file, "app")).tripped;
    store_shared(tripped, site.control.generation(), std::memory_order_relaxed);
    CHECK(site.decided() == "blue tripped");
    CHECK(site.decided("/", {{"X-Pin", "green"}}) == "green pin");  // testers may look at it
    site.control.publish([](table::TableImage&) {});
    site.control.wait_applied(site.control.generation());
    CHECK(site.decided() == "green only");
    // The latch of another generation, and a guard that is not armed, mean nothing.
    store_shared(tripped, site.control.generation() - 1, std::memory_order_relaxed);
    CHECK(site.decided() == "green only");
    site.control.apply([](table::TableImage& image) { image.find("app")->guard.armed = 0; });
    store_shared(tripped, site.control.generation(), std::memory_order_relaxed);
    CHECK(site.decided() == "green only");
}
