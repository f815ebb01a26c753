// What nginx.conf may not say: each refusal names the thing, and `nginx -t` exits with 1.
#include <sys/stat.h>

#include <map>
#include <string>
#include <vector>

#include "shared/sticky/cookie.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string split(const std::string& lines) {
    return "teal_split app { " + lines + " }";
}

// Two goals with the same 16-bit mark, searched for once.
std::vector<std::string> twins() {
    std::map<std::uint16_t, std::string> seen;
    for (int i = 0;; ++i) {
        const std::string name = "goal" + std::to_string(i);
        const auto [known, is_new] = seen.emplace(sticky::goal_mark(name), name);
        if (!is_new) {
            return {known->second, name};
        }
    }
}

// `nginx -t` of this http{}; nothing is started.
NginxServer::TestResult tested(const std::string& http) {
    Workspace workspace;
    NginxServer nginx(workspace, {.http = http});
    nginx.expect_log("\\[emerg\\]");
    return nginx.test_config();
}

}  // namespace

TEST_CASE("a wrong split block is refused by name", "[configuration]") {
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"teal_split a-b { variant x; default x; }", "invalid split name \"a-b\""},
        {"teal_split " + std::string(64, 's') + " { variant x; default x; }", "invalid split name"},
        {"teal_split { variant x; }", "invalid number of arguments in \"teal_split\""},
        {"teal_split app other { }", "invalid number of arguments in \"teal_split\""},
        {"teal_split app;", "directive \"teal_split\" has no opening \"{\""},
        {split("variant x; default x;") + split("variant x; default x;"),
         "duplicate teal_split \"app\""},
        {split(""), "teal_split \"app\" has no variant"},
        {split("variant;"), "variant"},
        {split("variant a.b; default a.b;"), "invalid variant name \"a.b\""},
        {split("variant " + std::string(32, 'v') + ";"), "invalid variant name"},
        {split("variant a b c;"), "invalid number of arguments in \"variant\""},
        {split("variant a; variant a; default a;"), "duplicate variant \"a\""},
        {split("variant a; variant b; variant c; variant d; variant e; variant f; variant g; "
               "variant h; variant i; default a;"),
         "variant \"i\": a split has at most 8 variants"},
        {split("variant a;"), "teal_split \"app\" needs \"default VARIANT;\""},
        {split("variant a; default;"), "invalid number of arguments in \"default\""},
        {split("variant a; default b;"), "\"default\" names \"b\""},
        {split("variant a; default a; default a;"), "\"default\" is duplicate"},
        {split("variant a; default a; key;"), "invalid number of arguments in \"key\""},
        {split("variant a; default a; key $arg_a; key $arg_b;"), "\"key\" is duplicate"},
        {split("variant a; default a; key $unknown_thing;"), "unknown \"unknown_thing\" variable"},
        {split("variant a; default a; pin;"), "invalid number of arguments in \"pin\""},
        {split("variant a; default a; pin $arg_a; pin $arg_b;"), "\"pin\" is duplicate"},
        {split("variant a; default a; when $arg_a;"), "invalid number of arguments in \"when\""},
        {split("variant a; default a; when $arg_a b;"), "\"when\" names \"b\""},
        {split("variant a; default a; when $unknown_thing a;"),
         "unknown \"unknown_thing\" variable"},
        {split("variant a; default a; retry unsafe;"), "invalid value \"unsafe\" in \"retry\""},
        {split("variant a; default a; retry;"), "invalid number of arguments in \"retry\""},
        {split("variant a; default a; sticky c;"), "invalid number of arguments in \"sticky\""},
        {split("variant a; default a; sticky c soon;"), "invalid time \"soon\""},
        {split("variant a; default a; sticky c 0;"), "invalid time \"0\""},
        {split("variant a; default a; sticky c=d 1d;"), "invalid cookie name \"c=d\""},
        {split("variant a; default a; sticky c 1d samesite=maybe;"),
         "invalid parameter \"samesite=maybe\""},
        {split("variant a; default a; sticky c 1d domain=;"), "invalid parameter \"domain=\""},
        {split("variant a; default a; sticky c 1d; sticky c 1d;"), "\"sticky\" is duplicate"},
        {split("variant a; default a; weight 5;"), "unknown directive \"weight\" in teal_split"},
        {split("variant a; default a; location / { }"), "unexpected \"{\""},
        {split("variant a pool; default a;"), "upstream \"pool\" not found"},
        {"teal_split app { variant a; default a;", "unexpected end of file"},
    };
    for (const auto& [http, complaint] : wrong) {
        CAPTURE(http);
        const auto result = tested(http);
        CHECK(result.code == 1);
        CHECK_THAT(result.output, ContainsSubstring(complaint));
    }
}

TEST_CASE("a wrong experiment is refused by name, with the remedy", "[configuration][experiment]") {
    const std::vector<std::string> same = twins();
    const std::string plain = "variant a; default a; sticky c 1d; ";
    const auto named = [](const std::string& name, const std::string& lines) {
        return "teal_split " + name + " { variant a; default a; " + lines + " } ";
    };
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {split("variant a; default a; goal g;"),
         "goal \"g\" is counted once for a visitor, which is remembered in a cookie: add \"sticky"},
        {split(plain + "goal;"), "invalid number of arguments in \"goal\""},
        {split(plain + "goal a.b;"), "invalid goal name \"a.b\""},
        {split(plain + "goal g; goal g;"), "duplicate goal \"g\""},
        {split(plain + "goal a; goal b; goal c; goal d; goal e; goal f; goal g; goal h; goal i;"),
         "goal \"i\": a split has at most 8 goals"},
        {split(plain + "goal " + same[0] + "; goal " + same[1] + ";"),
         "look the same in a cookie, rename one"},
        {split(plain + "holdout;"), "invalid number of arguments in \"holdout\""},
        {split(plain + "holdout 100.0001;"), "invalid holdout \"100.0001\""},
        {split(plain + "holdout 101;"), "invalid holdout \"101\""},
        {split(plain + "holdout -1;"), "invalid holdout \"-1\""},
        {split(plain + "holdout 1.00001;"), "invalid holdout \"1.00001\""},
        {split(plain + "holdout ten;"), "invalid holdout \"ten\""},
        {split(plain + "holdout 1; holdout 2;"), "\"holdout\" is duplicate"},
        {split(plain + "layer;"), "invalid number of arguments in \"layer\""},
        {split(plain + "layer a.b;"), "invalid layer name \"a.b\""},
        {split(plain + "layer l 50;"), "invalid range \"50\" of layer \"l\""},
        {split(plain + "layer l 50-50%;"), "invalid range \"50-50%\""},
        {split(plain + "layer l 60-50%;"), "invalid range \"60-50%\""},
        {split(plain + "layer l 0-101%;"), "invalid range \"0-101%\""},
        {split(plain + "layer l; layer m;"), "\"layer\" is duplicate"},
        {split(plain + "exclude;"), "invalid number of arguments in \"exclude\""},
        {split("variant a; default a; exclude $unknown_thing;"),
         "unknown \"unknown_thing\" variable"},
        {named("one", "layer l 0-50%;") + named("two", "layer l 40-60%;"),
         "layer \"l\": the ranges of teal_split \"one\" and \"two\" overlap"},
        {named("one", "layer l 0-100%;") + named("two", "layer l;"),
         "its ranges up to that of teal_split \"one\" leave nothing for \"two\""},
        {named("one", "layer l; key $arg_a;") + named("two", "layer l; key $arg_b;"),
         "teal_split \"one\" and \"two\" have different keys"},
        {"teal_goal g;", "teal_goal \"g\" is no split's goal, write \"goal g;\" in a teal_split"},
        {split(plain + "goal g;") + "server { location / { teal_goal h; } }",
         "teal_goal \"h\" is no split's goal"},
        {split(plain + "goal g;") + "teal_goal g when;", "invalid \"teal_goal\", write"},
        {split(plain + "goal g;") + "teal_goal g if $arg_a;", "invalid \"teal_goal\", write"},
        {split(plain + "goal g;") + "teal_goal g when $arg_a when $arg_b;",
         "invalid \"teal_goal\", write"},
        {split(plain + "goal g;") + "teal_goal;", "invalid number of arguments in \"teal_goal\""},
        {split(plain + "goal g;") + "upstream u { server 127.0.0.1:1; teal_goal g; }",
         "\"teal_goal\" directive is not allowed here"},
        {split(plain + "goal g;") + "teal_secret /nowhere/secret;",
         "\"/nowhere/secret\" cannot be opened; run \"teal init\""},
    };
    for (const auto& [http, complaint] : wrong) {
        CAPTURE(http);
        const auto result = tested(http);
        CHECK(result.code == 1);
        CHECK_THAT(result.output, ContainsSubstring(complaint));
    }
}

TEST_CASE("a wrong upstream, path or location directive is refused by name", "[configuration]") {
    const std::string app = split("variant a; default a;");
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"upstream u { teal nowhere; }", "\"teal nowhere\" names no split"},
        {app + "upstream u { teal; }", "invalid number of arguments in \"teal\""},
        {app + "upstream u { teal app; teal app; }", "\"teal\" directive is duplicate"},
        {app + "upstream u { teal app; server 127.0.0.1:1; }",
         "\"server\" may not stand beside \"teal\""},
        {app + "upstream u { server 127.0.0.1:1; teal app; }",
         "\"server\" may not stand beside \"teal\""},
        {app + "upstream u { teal app; zone z 64k; }", "\"zone\" may not stand beside \"teal\""},
        {app + "upstream u { least_conn; teal app; }", "must be the first directive"},
        {app + "upstream u { teal app max_fails=many; }", "invalid parameter \"max_fails=many\""},
        {app + "upstream u { teal app max_fails=-1; }", "invalid parameter \"max_fails=-1\""},
        {app + "upstream u { teal app fail_timeout=soon; }",
         "invalid parameter \"fail_timeout=soon\""},
        {app + "upstream u { teal app weight=1; }", "invalid parameter \"weight=1\""},
        {"upstream u { teal app; } upstream pool { server 127.0.0.1:1; } " +
             split("variant a u; default a;"),
         "upstream \"u\" is itself a split"},
        {"teal_table a; teal_table b;", "\"teal_table\" directive is duplicate"},
        {"teal_table;", "invalid number of arguments in \"teal_table\""},
        {"teal_table '';", "\"teal_table\" needs a path"},
        {"teal_table /" + std::string(4090, 'p') + ";", "too long"},
        {app + "server { location / { teal_status on; } }",
         "invalid number of arguments in \"teal_status\""},
        {"server { teal_status; }", "\"teal_status\" directive is not allowed here"},
        {"server { location / { teal_split a { variant b; default b; } } }",
         "\"teal_split\" directive is not allowed here"},
        {app + "server { location / { return 200 $teal_other; } }",
         "unknown \"teal_other\" variable"},
        {app + "server { location / { return 200 $teal_app_why; } }",
         "unknown \"teal_app_why\" variable"},
        {"teal_split generation { variant x; default x; }"
         "server { location / { return 200 $teal_generation; } }",
         "\"$teal_generation\" has two meanings because of teal_split \"generation\""},
        {app + "teal_split app_reason { variant x; default x; }"
               "server { location / { return 200 $teal_app_reason; } }",
         "\"$teal_app_reason\" has two meanings because of teal_split \"app_reason\""},
        {app + "teal_split APP { variant x; default x; } server { location / { return 200 "
               "$teal_app; } }",
         "\"$teal_app\" has two meanings because of teal_split \"APP\""},
        {app + "server { location / { return 200 $teal_; } }", "unknown \"teal_\" variable"},
    };
    for (const auto& [http, complaint] : wrong) {
        CAPTURE(http);
        const auto result = tested(http);
        CHECK(result.code == 1);
        CHECK_THAT(result.output, ContainsSubstring(complaint));
    }
}

TEST_CASE("what is right is accepted, in any order", "[configuration]") {
    const std::vector<std::string> right = {
        "upstream u { teal app max_fails=3 fail_timeout=5s; keepalive 4; }" +
            split("default a; when $arg_beta b; variant a; variant b;"),
        split("variant a pool; default a; retry off;") + "upstream pool { server 127.0.0.1:1; }",
        "server { location / { return 200 $teal_app$teal_app_reason$teal_generation; } }" +
            split("variant a; default a;"),
        split("variant " + std::string(31, 'v') + "; default " + std::string(31, 'v') + ";") +
            "teal_split " + std::string(63, 's') + " { variant x; default x; }",
        split("variant a; default a;") +
            "teal_split APP_reason { variant x; default x; }"
            "server { location / { return 200 $teal_app; } }",
        "server { location / { teal_status; } location /m { teal_metrics; } }",
        split("variant a; default a; key \"$remote_addr $http_user_agent\" constant;"),
        "",
    };
    for (const std::string& http : right) {
        CAPTURE(http);
        const auto result = tested("teal_table run/table;\n" + http);
        CAPTURE(result.output);
        CHECK(result.code == 0);
    }
}

TEST_CASE("a reload with a wrong configuration leaves the running one alone", "[configuration]") {
    Site site;
    site.nginx.expect_log("names no split");
    site.nginx.edit_config("upstream u { teal nowhere; }");
    CHECK_THROWS_AS(site.nginx.reload(), NginxRefused);
    CHECK(site.decided() == "blue only");
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.decided() == "green only");
}

TEST_CASE("keepalive before teal is refused where its place matters", "[configuration]") {
    const auto result = tested(
        "teal_split app { variant blue; default blue; } upstream u { keepalive 4; teal app; }");
    if (tested_nginx_version() >= 1'029'007) {
        CHECK(result.code == 0);  // keepalive is on by default there, and wraps whatever there is
    } else {
        CHECK(result.code == 1);
        CHECK_THAT(result.output, ContainsSubstring("must be the first directive"));
    }
}
