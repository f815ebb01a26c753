// The site most tests speak to: nginx with the module, the split `app` of `blue` and `green`, a
// backend for each, and every answer telling how it was decided.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/catch.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/workspace.hpp"
#include "tests/integration/control_plane.hpp"

namespace teal::integration {

// Version of the nginx under test, as its headers number it: 1022001 is 1.22.1.
unsigned long tested_nginx_version();

struct SiteOptions {
    std::string split = "variant blue; variant green; default blue;\n";  // the block's own lines
    std::string rules = "key $arg_key; pin $http_x_pin;\n";              // and more of them
    std::string teal = "teal app;";                                      // in upstream app
    std::string upstream = "keepalive 32;\n";                            // behind it
    std::string http{};      // more lines of http{}, before all else
    std::string server{};    // more lines of server{}
    std::string location{};  // more lines of `location /`
    std::string listen{};    // parameters of listen
    std::string main{};      // top-level lines
    int workers = 1;
    std::string user{};  // whom workers run as, when started by root
    bool start = true;
    bool publish = true;  // blue 100 %, green 0 %, an endpoint each
    std::string log_level = "info";
};

class Site {
public:
    explicit Site(SiteOptions options = {});

    harness::Endpoint front() const { return harness::Endpoint::loopback(port); }
    harness::HttpResponse get(const std::string& target = "/",
                              const harness::Fields& fields = {}) const;
    // Variant and reason of one request, as "green key".
    std::string decided(const std::string& target = "/", const harness::Fields& fields = {}) const;
    // `count` requests on one connection, "{n}" in target and fields' values being their number;
    // how often each variant (X-Variant) answered.
    std::map<std::string, int> tally(int count, const std::string& target = "/?key={n}",
                                     const harness::Fields& fields = {}) const;
    // http{}'s text for other options, to be given to edit_config.
    std::string config(const SiteOptions& options) const;
    // Applies other options by a reload.
    void reconfigure(const SiteOptions& options);
    // Counts of a variant of `app` once nothing of it is in flight.
    counters::VariantCounters settled(const std::string& variant) const {
        return control.settled("app", variant);
    }

    harness::Workspace workspace;
    ControlPlane control;
    harness::Backend blue{"blue"};
    harness::Backend green{"green"};
    std::uint16_t port = workspace.free_port();
    harness::NginxServer nginx;
};

// Publishes `app` with blue at 100 % and green at 0 %.
void publish_app(const ControlPlane& control, const std::string& blue, const std::string& green);

}  // namespace teal::integration
