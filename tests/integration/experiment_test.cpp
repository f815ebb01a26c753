// Experiments on real nginx: who is counted as a visitor, what is counted of a goal, and who never
// is. A goal reached twice, by a bot, by a tester or with a forged cookie would bend a report.
#include "tests/harness/wait.hpp"
#include "tests/integration/experiment_site.hpp"

#include <csignal>
#include <nlohmann/json.hpp>
#include <set>

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a visitor is exposed once and reaches each goal once", "[experiment]") {
    const ExperimentSite site;
    Visitor visitor(site);
    const std::string variant = visitor.get("/?key=alice").headers.get("X-Variant");
    const std::string other = variant == "blue" ? "green" : "blue";
    CHECK(visitor.cookies_set == 1);
    CHECK(site.sums(variant).exposures == 1);
    visitor.get("/?key=alice");
    CHECK(visitor.cookies_set == 0);
    CHECK(site.exposures() == 1);
    CHECK(site.conversions("signup") == 0);

    CHECK(visitor.get("/thanks").body == "thanks");
    CHECK(visitor.cookies_set == 1);
    visitor.get("/thanks");
    CHECK(visitor.cookies_set == 0);
    CHECK(site.goal(variant, "signup").conversions == 1);
    CHECK(site.goal(variant, "purchase").conversions == 0);
    visitor.get("/both?key=somebody-else");  // the cookie says who he is
    CHECK(visitor.cookies_set == 1);
    visitor.get("/both");
    CHECK(site.goal(variant, "signup").conversions == 1);
    CHECK(site.goal(variant, "purchase").conversions == 1);
    CHECK(site.exposures() == 1);
    CHECK(site.sums(other).exposures == 0);
    CHECK(site.conversions("signup") == 1);
}

TEST_CASE("a first visit at a goal is an exposure and a conversion with one cookie",
          "[experiment]") {
    const ExperimentSite site;
    Visitor visitor(site);
    visitor.get("/both?key=alice");
    CHECK(visitor.cookies_set == 1);
    CHECK(site.exposures() == 1);
    CHECK(site.conversions("signup") == 1);
    CHECK(site.conversions("purchase") == 1);
    visitor.get("/both");
    CHECK(visitor.cookies_set == 0);
    CHECK(site.exposures() == 1);
    CHECK(site.conversions("signup") == 1);
}

TEST_CASE("a goal alone makes nobody part of an experiment", "[experiment]") {
    const ExperimentSite site;
    Visitor visitor(site);
    visitor.get("/thanks");  // nothing of `app` was seen
    CHECK(visitor.cookies_set == 0);
    CHECK(site.exposures() == 0);
    CHECK(site.conversions("signup") == 0);
    visitor.cookie = "teal_app=2.green.6543.0000000000000001.e.AAAAAAAAAAAAAAAAAAAAAA";
    visitor.get("/thanks");
    CHECK(visitor.cookies_set == 0);
    CHECK(site.exposures() == 0);
    CHECK(site.conversions("signup") == 0);
}

TEST_CASE("values are summed, and what is no number counts the conversion alone", "[experiment]") {
    const ExperimentSite site;
    const auto buy = [&](const std::string& amount) {
        Visitor visitor(site);
        visitor.get("/buy?key=alice&amount=" + amount);  // one key: one variant
    };
    buy("12.5");
    buy("-2.5e1");
    const std::string variant = site.sums("blue").exposures != 0 ? "blue" : "green";
    for (const char* text : {"", "nan", "inf", "0x10", "1e999", "12abc", "1e13", "--1", "."}) {
        buy(text);
    }
    const counters::GoalCounters counts = site.goal(variant, "purchase");
    CHECK(counts.conversions == 11);
    CHECK(counts.valued == 2);
    CHECK(counts.value_sum == -12.5);
    CHECK(counts.value_square_sum == 12.5 * 12.5 + 625);
    CHECK(read_file(site.nginx.root() / "error.log").find("value \"nan\" is no number") !=
          std::string::npos);
}

TEST_CASE("an answer that is an error reaches no goal", "[experiment]") {
    auto options = experiment_options();
    options.server +=
        "location = /gone { teal_goal signup; return 404; }\n"
        "location /buy/ { proxy_pass http://app/; teal_goal purchase; }\n";
    const ExperimentSite site(options);
    Visitor visitor(site);
    CHECK(visitor.get("/buy/status/503?key=alice").status == 503);
    CHECK(visitor.cookies_set == 1);  // he was exposed, to a failure
    CHECK(site.exposures() == 1);
    CHECK(visitor.get("/buy/status/404").status == 404);
    visitor.get("/gone");
    CHECK(site.conversions("purchase") == 0);
    CHECK(site.conversions("signup") == 0);
    CHECK(visitor.get("/buy/status/302").status == 302);
    CHECK(site.conversions("purchase") == 1);
}

TEST_CASE("goals wait for their condition, also of the answer, and hold further in",
          "[experiment]") {
    auto options = experiment_options();
    options.server +=
        "teal_goal signup when $upstream_http_x_served_by;\n"
        "location /inner { proxy_pass http://app/; teal_goal purchase when $arg_paid; }\n"
        "location /if { proxy_pass http://app; if ($arg_paid) { teal_goal purchase; } }\n";
    const ExperimentSite site(options);
    Visitor first(site);
    first.get("/inner?key=1&paid=0");
    CHECK(site.conversions("signup") == 1);  // of the server around it
    CHECK(site.conversions("purchase") == 0);
    first.get("/inner?paid=yes");
    CHECK(site.conversions("purchase") == 1);
    Visitor second(site);
    second.get("/if?key=2");
    CHECK(site.conversions("purchase") == 1);
    second.get("/if?paid=1");
    CHECK(site.conversions("purchase") == 2);
    CHECK(site.conversions("signup") == 2);
}

TEST_CASE("testers, rules and bots are neither exposed nor converted", "[experiment]") {
    const ExperimentSite site;
    for (const Fields& fields :
         {Fields{{"X-Pin", "green"}}, Fields{{"X-Beta", "1"}}, Fields{{"X-Bot", "crawler"}}}) {
        Visitor visitor(site);
        visitor.get("/both?key=alice", fields);
        CHECK(visitor.cookies_set == 0);
    }
    CHECK(site.exposures() == 0);
    CHECK(site.conversions("signup") == 0);
    CHECK(site.decided("/?key=2", {{"X-Bot", "crawler"}, {"X-Beta", "1"}}) == "blue excluded");
    CHECK(site.decided("/", {{"X-Bot", "crawler"}, {"X-Pin", "green"}}) == "green pin");
    CHECK_THAT(site.decided("/?key=alice", {{"X-Bot", "0"}}), ContainsSubstring(" key"));
    // A visitor who was exposed, looks at it as a tester, and comes back.
    Visitor visitor(site);
    visitor.get("/?key=alice");
    const std::uint64_t before = site.exposures();
    visitor.get("/both", {{"X-Pin", "green"}});
    visitor.get("/both", {{"X-Bot", "1"}});
    visitor.get("/thanks", {{"X-Beta", "1"}});
    CHECK(site.conversions("signup") == 0);
    visitor.get("/both");
    CHECK(site.conversions("signup") == 1);
    CHECK(site.exposures() == before);
}

TEST_CASE("counts of an experiment survive reloads and killed workers", "[experiment]") {
    ExperimentSite site;
    std::vector<Visitor> visitors;
    for (int i = 0; i < 20; ++i) {
        visitors.emplace_back(site).get("/buy?amount=2&key=" + std::to_string(i));
    }
    const auto check = [&](std::uint64_t exposures, std::uint64_t signups) {
        CHECK(site.exposures() == exposures);
        CHECK(site.conversions("purchase") == exposures);
        CHECK(site.goal("blue", "purchase").value_sum + site.goal("green", "purchase").value_sum ==
              2.0 * static_cast<double>(exposures));
        CHECK(site.conversions("signup") == signups);
    };
    check(20, 0);
    site.nginx.kill_worker(site.nginx.worker_pids().front(), SIGKILL);
    wait_until([&] { return !site.nginx.worker_pids().empty(); }, std::chrono::seconds(10),
               "another worker");
    check(20, 0);
    // The goals change places in nginx.conf, and one leaves it and comes back.
    auto options = experiment_options();
    options.rules = "key $arg_key; sticky teal_app 1h; goal purchase;\n";
    options.server = "location /buy { proxy_pass http://app/; teal_goal purchase value 2; }\n";
    site.reconfigure(options);
    check(20, 0);
    options.rules = "key $arg_key; sticky teal_app 1h; goal purchase; goal new; goal signup;\n";
    options.server += "location = /thanks { teal_goal signup; return 204; }\n";
    site.reconfigure(options);
    for (Visitor& visitor : visitors) {
        visitor.get("/buy");
        visitor.get("/thanks");
    }
    check(20, 20);
    Visitor(site).get("/buy?key=late");
    check(21, 20);
}

TEST_CASE("a cookie that was not given by this nginx is a new visitor's", "[experiment]") {
    const ExperimentSite site;
    Visitor honest(site);
    honest.get("/both?key=alice");
    REQUIRE(site.exposures() == 1);
    const std::string good = honest.cookie;
    sticky::Signer signer;
    signer.set_secret(kSecret);
    const auto written = [&](const std::string& split, std::uint64_t salt, bool exposed) {
        const sticky::Scope scope{split, salt, &signer, 1, 3600};
        sticky::Cookie cookie;
        cookie.variant = "green";
        cookie.issued_unix_s = static_cast<std::uint64_t>(std::time(nullptr));
        cookie.exposed = exposed;
        char text[sticky::kMaxCookieBytes];
        return "teal_app=" + std::string(text, sticky::write_cookie(scope, cookie, text));
    };
    std::uint64_t exposures = 1;
    std::vector<std::string> bad = {written("api", kAppSalt, true), written("app", 1, true), "",
                                    "teal_app=", "teal_app=" + std::string(4000, 'e')};
    for (std::size_t i = 9; i < good.size(); i += 3) {
        bad.push_back(good);
        bad.back()[i] = bad.back()[i] == 'x' ? 'y' : 'x';
    }
    for (const std::string& cookie : bad) {
        CAPTURE(cookie);
        Visitor forger(site);
        forger.cookie = cookie;
        const auto answer = forger.get("/?key=bob");
        CHECK(answer.headers.get("X-Reason") == "key");
        CHECK(forger.cookies_set == 1);
        CHECK(site.exposures() == ++exposures);
    }
    // One that is good and says "not counted" is honoured, and stays out of the counts.
    Visitor uncounted(site);
    uncounted.cookie = written("app", kAppSalt, false);
    CHECK(uncounted.get("/both?key=x").headers.get("X-Reason") == "sticky");
    CHECK(site.exposures() == exposures);
    CHECK(site.conversions("signup") == 1);
}

TEST_CASE("who had no choice or was moved is not part of the experiment", "[experiment]") {
    const ExperimentSite site;
    site.control.set("app", {{"blue", 100}, {"green", 0}});
    Visitor early(site);
    CHECK(early.get("/?key=alice").headers.get("X-Reason") == "only");
    CHECK(early.cookies_set == 1);
    CHECK(site.exposures() == 0);
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    CHECK(early.get("/both").headers.get("X-Reason") == "sticky");
    CHECK(site.conversions("signup") == 0);
    Visitor moved(site);
    moved.get("/?key=bob");
    REQUIRE(site.exposures() == 1);
    const bool was_blue = moved.get("/").headers.get("X-Variant") == "blue";
    site.control.set("app", {{"blue", was_blue ? 0 : 100}, {"green", was_blue ? 100 : 0}});
    moved.get("/both?key=bob");
    CHECK(moved.cookies_set == 1);
    site.control.set("app", {{"blue", 50}, {"green", 50}});
    moved.get("/both?key=bob");
    CHECK(site.exposures() == 1);
    CHECK(site.conversions("signup") == 0);
}

TEST_CASE("a new salt begins the experiment anew with everybody", "[experiment]") {
    const ExperimentSite site;
    Visitor visitor(site);
    visitor.get("/both?key=alice");
    site.control.apply([](table::TableImage& image) { image.find("app")->salt = 99; });
    visitor.get("/both?key=alice");
    CHECK(visitor.cookies_set == 1);
    CHECK(site.exposures() == 2);
    CHECK(site.conversions("signup") == 2);
}

TEST_CASE("HEAD, redirects inside nginx, cached and static answers are counted like others",
          "[experiment]") {
    auto options = experiment_options();
    options.http =
        "map $teal_app $root_dir { blue blue; green green; }\n"
        "proxy_cache_path cache keys_zone=c:1m;\n";
    options.server +=
        "location = /first { rewrite ^ /both last; }\n"
        "location = /cached { proxy_pass http://app/; proxy_cache c; proxy_cache_valid 200 1h;\n"
        "  proxy_cache_key $teal_app; teal_goal signup; }\n"
        "location /static/ { root $root_dir; teal_goal signup; try_files $uri /static-none; }\n"
        "location = /static-none { teal_goal purchase; return 204; }\n";
    const ExperimentSite site(options);
    Visitor head(site);
    CHECK(head.request("HEAD", "/both?key=1").status == 200);
    CHECK(site.exposures() == 1);
    CHECK(site.conversions("signup") == 1);
    Visitor redirected(site);
    redirected.get("/first?key=2");
    CHECK(redirected.cookies_set == 1);
    CHECK(site.exposures() == 2);
    CHECK(site.conversions("signup") == 2);
    for (int i = 0; i < 6; ++i) {
        Visitor visitor(site);
        visitor.get("/cached?key=" + std::to_string(i));
        CHECK(visitor.cookies_set == 1);
        visitor.get("/cached?key=" + std::to_string(i));
        CHECK(visitor.cookies_set == 0);
    }
    CHECK(site.exposures() == 8);
    CHECK(site.conversions("signup") == 8);
    CHECK(site.blue.requests() + site.green.requests() <= 4);
    Visitor reader(site);
    reader.get("/static/page?key=3");  // the location that answers is the one that counts
    CHECK(site.exposures() == 9);
    CHECK(site.conversions("signup") == 8);
    CHECK(site.conversions("purchase") == 3);
}

TEST_CASE("the status location tells visitors and goals", "[experiment]") {
    const ExperimentSite site;
    Visitor visitor(site);
    const std::string variant = visitor.get("/buy?key=1&amount=2.5").headers.get("X-Variant");
    const auto page = nlohmann::json::parse(site.get("/teal/status").body);
    const auto& told = page["splits"]["app"]["variants"][variant];
    CHECK(told["exposures"] == 1);
    CHECK(told["goals"]["signup"]["conversions"] == 0);
    CHECK(told["goals"]["purchase"]["conversions"] == 1);
    CHECK(told["goals"]["purchase"]["valued"] == 1);
    CHECK(told["goals"]["purchase"]["value_sum"] == 2.5);
    CHECK(told["goals"]["purchase"]["value_square_sum"] == 6.25);
}
