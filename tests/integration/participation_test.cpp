// Who takes part in experiments: holdouts, layers, and what beats them.
#include "tests/integration/experiment_site.hpp"

#include <algorithm>
#include <set>

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int kVisitors = 400;

// A second split `other` beside `app`, both by the same key; both tell their reason.
SiteOptions two_splits(const std::string& app, const std::string& other) {
    return {.rules = "key $arg_key; sticky teal_app 1h; goal signup; " + app + "\n",
            .http = "teal_split other { variant blue; variant green; default blue; key $arg_key; " +
                    other + " }\n",
            .server =
                "add_header X-Other $teal_other always;\n"
                "add_header X-Other-Reason $teal_other_reason always;\n",
            .location = "teal_goal signup;",
            .start = false};
}

struct TwoSplits : ExperimentSite {
    TwoSplits(const std::string& app, const std::string& other)
        : ExperimentSite(two_splits(app, other), false) {
        control.publish([](table::TableImage& image) {
            table::SplitImage second = image.splits[0];
            second.name = "other";
            second.salt = 0x07e4;
            image.splits.push_back(second);
        });
        nginx.start();
    }
    // The keys of visitors whose answer's header has this value.
    std::set<int> visitors(const std::string& header, const std::string& value) const {
        std::set<int> found;
        HttpConnection client(front());
        for (int i = 0; i < kVisitors; ++i) {
            if (client.get("/?key=visitor" + std::to_string(i)).headers.get(header) == value) {
                found.insert(i);
            }
        }
        return found;
    }
};

bool contains(const std::set<int>& all, const std::set<int>& some) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

}  // namespace

TEST_CASE("a holdout holds the same visitors out of every split, and grows around itself",
          "[experiment]") {
    TwoSplits site("holdout 10;", "holdout 25%;");
    const std::set<int> small = site.visitors("X-Reason", "holdout");
    const std::set<int> big = site.visitors("X-Other-Reason", "holdout");
    CHECK(small.size() > kVisitors / 20);
    CHECK(small.size() < kVisitors / 5);
    CHECK(big.size() > small.size());
    CHECK(contains(big, small));
    CHECK_FALSE(contains(small, big));  // the check can fail
    CHECK(contains(site.visitors("X-Variant", "blue"), small));
    CHECK(contains(site.visitors("X-Other", "blue"), big));
}

TEST_CASE("who is held out is never counted and needs no cookie, and a growing holdout takes him",
          "[experiment]") {
    TwoSplits site("holdout 0;", "");
    const std::string key = "/?key=visitor1";
    Visitor visitor(site);
    visitor.get(key);
    CHECK(visitor.cookies_set == 1);
    REQUIRE(site.exposures() == 1);
    REQUIRE(site.conversions("signup") == 1);
    auto options = two_splits("holdout 100;", "");
    site.reconfigure(options);
    const auto held = visitor.get(key);
    CHECK(held.headers.get("X-Reason") == "holdout");
    CHECK(held.headers.get("X-Variant") == "blue");
    CHECK(visitor.cookies_set == 0);
    Visitor stranger(site);
    CHECK(stranger.get("/?key=x").headers.get("X-Reason") == "holdout");
    CHECK(stranger.cookies_set == 0);
    CHECK(site.exposures() == 1);
    CHECK(site.conversions("signup") == 1);
    // Who has no key cannot be kept out for good, and so takes no part.
    site.reconfigure(two_splits("holdout 0.0001;", ""));
    CHECK(Visitor(site).get("/").headers.get("X-Reason") == "holdout");
    CHECK(Visitor(site).get("/?key=x").headers.get("X-Reason") == "key");
}

TEST_CASE("everybody gets the winner, whoever is held out, left out or excluded", "[experiment]") {
    TwoSplits site("holdout 100; exclude $http_x_bot;", "layer l 0-0.0001%;");
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    site.control.set("other", {{"blue", 0}, {"green", 100}});
    CHECK(site.decided("/?key=1") == "green holdout");
    CHECK(site.decided("/?key=1", {{"X-Bot", "1"}}) == "green excluded");
    const auto answer = site.get("/?key=1");
    CHECK(answer.headers.get("X-Other") == "green");
    CHECK(answer.headers.get("X-Other-Reason") == "layer");
}

TEST_CASE("experiments of one layer share no visitor, and leave none out", "[experiment]") {
    TwoSplits site("layer checkout;", "layer checkout;");
    const std::set<int> first = site.visitors("X-Reason", "layer");
    const std::set<int> second = site.visitors("X-Other-Reason", "layer");
    CHECK(first.size() + second.size() == kVisitors);
    CHECK(first.size() > kVisitors / 3);
    CHECK(second.size() > kVisitors / 3);
    for (const int visitor : first) {
        CHECK_FALSE(second.count(visitor) != 0);
    }
    CHECK(contains(site.visitors("X-Variant", "blue"), first));
    // Outside their range visitors are neither exposed nor converted; the others are all.
    const auto exposed = site.exposures();
    CHECK(exposed % (kVisitors - first.size()) == 0);
    CHECK(site.conversions("signup") == exposed);
}

TEST_CASE("ranges of a layer are as written, and the others share what is left", "[experiment]") {
    TwoSplits site("layer checkout 25-50%;", "layer checkout;");
    const std::set<int> outside = site.visitors("X-Reason", "layer");
    CHECK(outside.size() > kVisitors * 65 / 100);
    CHECK(outside.size() < kVisitors * 85 / 100);
    const std::set<int> other_outside = site.visitors("X-Other-Reason", "layer");
    CHECK(outside.size() + other_outside.size() == kVisitors);
    const counters::File file = site.control.counters_file();
    const auto rules = [&](const char* split) {
        return std::string(file.split(counters::find_split(file, split)).rules);
    };
    CHECK_THAT(rules("app"), ContainsSubstring("layer checkout 25.0000-50.0000\n"));
    CHECK_THAT(rules("other"),
               ContainsSubstring("layer checkout 0.0000-25.0000,50.0000-100.0000\n"));
}

TEST_CASE("a visitor with a cookie leaves an experiment whose range he no longer has",
          "[experiment]") {
    TwoSplits site("layer checkout 0-100%;", "");
    Visitor visitor(site);
    visitor.get("/?key=visitor1");
    REQUIRE(site.exposures() == 1);
    site.reconfigure(two_splits("layer checkout 0-0.0001%;", ""));
    CHECK(visitor.get("/?key=visitor1").headers.get("X-Reason") == "layer");
    CHECK(site.exposures() == 1);
}
