// The site of the experiments' tests: `app` half and half, sticky, with two goals, and locations in
// which they are reached.
#pragma once

#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <string>

#include "shared/sticky/cookie.hpp"
#include "tests/integration/site.hpp"

namespace teal::integration {

inline constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
inline constexpr std::uint64_t kAppSalt = 0x7ea1;  // of publish_app

inline SiteOptions experiment_options() {
    return {
        .rules =
            "key $arg_key; pin $http_x_pin; when $http_x_beta green; exclude $http_x_bot;\n"
            "sticky teal_app 1h; goal signup; goal purchase;\n",
        .server =
            "location = /thanks { teal_goal signup; return 200 thanks; }\n"
            "location /buy { proxy_pass http://app/; teal_goal purchase value $arg_amount; }\n"
            "location /both { proxy_pass http://app/; teal_goal signup; teal_goal purchase; }\n",
        .start = false};
}

struct ExperimentSite : Site {
    explicit ExperimentSite(SiteOptions options = experiment_options(), bool started = true)
        : Site(options) {
        const std::string secret = control.directory + "/secret";
        std::ofstream(secret) << kSecret << "\n";
        ::chmod(secret.c_str(), 0600);
        control.publish([](table::TableImage& image) {
            for (auto& variant : image.splits[0].variants) {
                variant.weight_ppm = table::kTotalPpm / 2;
            }
        });
        if (started) {
            nginx.start();
        }
    }

    counters::VisitorSums sums(const std::string& variant, const std::string& split = "app") const {
        const counters::File file = control.counters_file();
        return counters::visitor_sums(
            file, counters::find_variant(file, counters::find_split(file, split.c_str()),
                                         variant.c_str()));
    }
    std::uint64_t exposures(const std::string& split = "app") const {
        return sums("blue", split).exposures + sums("green", split).exposures;
    }
    counters::GoalCounters goal(const std::string& variant, const std::string& name,
                                const std::string& split = "app") const {
        const counters::File file = control.counters_file();
        const std::uint32_t place =
            counters::find_goal(file, counters::find_split(file, split.c_str()), name.c_str());
        return sums(variant, split).goals[place];
    }
    // Of all variants.
    std::uint64_t conversions(const std::string& name, const std::string& split = "app") const {
        return goal("blue", name, split).conversions + goal("green", name, split).conversions;
    }
};

// A visitor with a browser: remembers cookies, keeps its connection.
class Visitor {
public:
    explicit Visitor(const Site& site) : client_(site.front()) {}

    harness::HttpResponse get(const std::string& target, harness::Fields fields = {}) {
        return request("GET", target, std::move(fields));
    }
    harness::HttpResponse request(const std::string& method, const std::string& target,
                                  harness::Fields fields = {}) {
        if (!cookie.empty()) {
            fields.emplace_back("Cookie", cookie);
        }
        const harness::HttpResponse answer = client_.request(method, target, fields);
        cookies_set = answer.headers.all("Set-Cookie").size();
        if (const std::string given = answer.headers.cookie("teal_app"); !given.empty()) {
            cookie = given;
        }
        return answer;
    }

    std::string cookie;           // "teal_app=…"
    std::size_t cookies_set = 0;  // by the last answer

private:
    harness::HttpConnection client_;
};

}  // namespace teal::integration
