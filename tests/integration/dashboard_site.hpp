// A site with a dashboard at /teal/, for its tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/integration/site.hpp"

namespace teal::integration {

inline const std::string kDashboard = "location ^~ /teal/ { teal_dashboard; }\n";

inline Site dashboard_site(SiteOptions options = {}) {
    options.server = kDashboard + options.server;
    return Site(options);
}

// What the page asks for again and again.
inline nlohmann::json dashboard_data(const Site& site, const std::string& query = "") {
    const harness::HttpResponse answer = site.get("/teal/data" + query);
    CAPTURE(query, answer.body);
    REQUIRE(answer.status == 200);
    return nlohmann::json::parse(answer.body);
}

}  // namespace teal::integration
