// What an experiment costs a request over a plain split, in instructions counted by callgrind, as a
// share of a proxied request. Both sites get the same requests, so that a longer Cookie field is
// nobody's fault.
//
// With a cookie: a returning visitor, at a goal he has reached before; his cookie is checked (one
// HMAC) and none is given. Without: a request that takes no part (a bot, held out) brings no cookie
// and gets none. A first visit, which signs and sends a cookie, happens once in a cookie's life and
// is stated beside them; so is a goal that is reached for the first time.
//
// valgrind hides the processor's SHA instructions, so OpenSSL computes a hash in software here, and
// the figures are above what a machine of the last years spends.
#include "shared/hash/key_hash.hpp"
#include "shared/sticky/cookie.hpp"
#include "tests/bench/callgrind.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <iostream>
#include <vector>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;

namespace {

constexpr unsigned kKeepalive = 64;
constexpr unsigned kLayouts = 5;
constexpr unsigned kMapsApart = 3;
constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr std::uint64_t kSalt = 0x7ea15a17;  // of BenchTable's split

std::string session_of(unsigned request) {
    return std::to_string(10'000'000 + request * 7919u % 80'000'000);
}

// A cookie of a visitor who was counted and has reached the goal, unless told otherwise.
std::string cookie_of(const std::string& session, bool converted) {
    static const sticky::Signer signer = [] {
        sticky::Signer made;
        made.set_secret(kSecret);
        return made;
    }();
    const sticky::Scope scope{"app", kSalt, &signer, 1, 30 * 86'400};
    sticky::Cookie cookie;
    cookie.variant = "blue";
    cookie.issued_unix_s = realtime_ns() / 1'000'000'000u;
    cookie.visitor = key_hash(session.data(), session.size(), kSalt);
    cookie.exposed = true;
    if (converted) {
        cookie.add_mark(sticky::goal_mark("signup"));
    }
    char text[sticky::kMaxCookieBytes];
    return {text, sticky::write_cookie(scope, cookie, text)};
}

Fields browser(const std::string& cookies) {
    return {
        {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
        {"Accept",
         "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
         "image/webp,*/*;q=0.8"},
        {"Accept-Language", "en-US,en;q=0.5"},
        {"Accept-Encoding", "gzip, deflate, br, zstd"},
        {"Referer", "http://localhost/orders"},
        {"Cookie", cookies}};
}

std::string unused_maps(unsigned count) {
    std::string text;
    for (unsigned i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        text += "map $http_x_" + number + " $unused_" + number + " { default 0; a" +
                std::string(i, 'x') + " 1; }\n";
    }
    return text;
}

Fields newcomer(unsigned request) {
    return browser("session=" + session_of(request) + "; theme=dark");
}
Fields regular(unsigned request) {
    const std::string session = session_of(request);
    return browser("session=" + session + "; theme=dark; teal_app=" + cookie_of(session, true));
}
Fields converting(unsigned request) {
    const std::string session = session_of(request);
    return browser("session=" + session + "; theme=dark; teal_app=" + cookie_of(session, false));
}

std::string experiment_site(const std::string& table, const std::string& secret, std::uint16_t port,
                            const std::string& rules) {
    return "teal_table " + table + ";\nteal_secret " + secret +
           ";\n"
           "teal_split app { variant blue; variant green; default blue;\n"
           "  key $cookie_session $remote_addr$http_user_agent;\n"
           "  sticky teal_app 30d; goal signup; goal purchase; " +
           rules + " }\n" + upstream_block("app", "teal app;", kKeepalive) + "teal_goal signup;\n" +
           server_block(port, "app");
}

}  // namespace

int main() try {
    Workspace workspace("bench");
    BenchTable table;
    const Backend blue("blue");
    const Backend green("green");
    const Addresses to{blue.address(), green.address()};
    table.publish_app(to, 500'000);
    const std::string secret = workspace.write("secret", std::string(kSecret) + "\n").string();
    ::chmod(secret.c_str(), 0600);

    // What malloc() looks at before it finds memory depends on what the configuration has left on
    // the heap: up to 550 instructions a request, for the same number of calls. So each site is
    // counted behind several lots of directives that no request uses.
    const auto counted = [&](const char* name, bool module, const Sender& fields, auto site) {
        std::vector<double> layouts;
        for (unsigned maps = 0; maps < kLayouts * kMapsApart; maps += kMapsApart) {
            const std::uint16_t port = workspace.free_port();
            layouts.push_back(
                per_request(workspace, name, unused_maps(maps) + site(port), module, port, fields)
                    .instructions);
        }
        return median(layouts);
    };
    const auto split = [&](std::uint16_t port) {
        return teal_site(table.path(), port, kKeepalive);
    };
    const auto experiment = [&](const std::string& rules) {
        return [&, rules](std::uint16_t port) {
            return experiment_site(table.path(), secret, port, rules);
        };
    };
    const double proxied = counted("plain proxy_pass", false, newcomer, [&](std::uint16_t port) {
        return plain_site(to, port, kKeepalive);
    });
    const double split_newcomer = counted("split", true, newcomer, split);
    const double split_regular = counted("split, request with a cookie", true, regular, split);
    const double with = counted("experiment, with a cookie", true, regular, experiment(""));
    const double held_out =
        counted("experiment, held out", true, newcomer, experiment("holdout 100;"));
    const double excluded =
        counted("experiment, excluded", true, newcomer, experiment("exclude $http_user_agent;"));
    const double first = counted("experiment, first visit", true, newcomer, experiment(""));
    const double goal = counted("experiment, goal reached", true, converting, experiment(""));

    const double cost_with = (with - split_regular) / proxied;
    const double cost_without = (std::max(held_out, excluded) - split_newcomer) / proxied;
    print_figure("experiment, request with a cookie: instructions over a plain split's",
                 number(cost_with, 4),
                 "first visit " + number((first - split_newcomer) / proxied, 4) +
                     ", goal reached " + number((goal - split_regular) / proxied, 4),
                 "<= 0.05", met_if(cost_with <= 0.05));
    print_figure("the same, without a cookie (held out, excluded)", number(cost_without, 4),
                 "of a proxied request's " + number(proxied, 0), "<= 0.01",
                 met_if(cost_without <= 0.01));
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_experiment: " << error.what() << "\n";
    return 1;
}
