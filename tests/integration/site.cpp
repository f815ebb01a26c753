#include "tests/integration/site.hpp"

#include <regex>
#include <stdexcept>

#include "tests/harness/nginx_options.hpp"
#include "tests/harness/process.hpp"

namespace teal::integration {

unsigned long tested_nginx_version() {
    const std::string said = harness::run({harness::nginx_binary().string(), "-v"}).err;
    std::smatch parts;
    if (!std::regex_search(said, parts, std::regex("nginx/([0-9]+)\\.([0-9]+)\\.([0-9]+)"))) {
        throw std::runtime_error("nginx -v says no version: " + said);
    }
    return std::stoul(parts[1]) * 1'000'000 + std::stoul(parts[2]) * 1'000 + std::stoul(parts[3]);
}

namespace {

constexpr char kTell[] =
    "add_header X-Variant $teal_app always;\n"
    "add_header X-Reason $teal_app_reason always;\n"
    "add_header X-Generation $teal_generation always;\n";

std::string numbered(std::string text, int number) {
    const auto at = text.find("{n}");
    return at == std::string::npos ? text : text.replace(at, 3, std::to_string(number));
}

}  // namespace

void publish_app(const ControlPlane& control, const std::string& blue, const std::string& green) {
    control.publish([&](table::TableImage& image) {
        image.splits.push_back(
            fixtures::split("app", 0x7ea1,
                            {fixtures::variant("blue", table::kTotalPpm, {blue.c_str()}),
                             fixtures::variant("green", 0, {green.c_str()})}));
    });
}

Site::Site(SiteOptions options)
    : nginx(workspace, {.http = config(options),
                        .main = options.main,
                        .worker_processes = options.workers,
                        .user = options.user,
                        .log_level = options.log_level}) {
    if (options.publish) {
        publish_app(control, blue.address(), green.address());
    }
    if (options.start) {
        nginx.start();
    }
}

std::string Site::config(const SiteOptions& options) const {
    return control.directive() + options.http + "teal_split app {\n" + options.split +
           options.rules + "}\n" + "upstream app { " + options.teal + "\n" + options.upstream +
           "}\n" +
           "map $http_upgrade $site_connection { default upgrade; '' ''; }\n"
           "server {\n"
           "  listen 127.0.0.1:" +
           std::to_string(port) + " backlog=4096 " + options.listen +
           ";\n"
           "  keepalive_requests 100000000;\n"
           "  keepalive_timeout 600s;\n" +
           kTell +
           "  proxy_http_version 1.1;\n"
           "  proxy_set_header Upgrade $http_upgrade;\n"
           "  proxy_set_header Connection $site_connection;\n" +
           options.server + "  location / { proxy_pass http://app; " + options.location +
           " }\n"
           "  location = /teal/status { teal_status; }\n"
           "  location = /teal/metrics { teal_metrics; }\n"
           "}\n";
}

void Site::reconfigure(const SiteOptions& options) {
    nginx.edit_main(options.main);
    nginx.edit_config(config(options));
    nginx.reload();
}

harness::HttpResponse Site::get(const std::string& target, const harness::Fields& fields) const {
    return harness::http_get(front(), target, fields);
}

std::string Site::decided(const std::string& target, const harness::Fields& fields) const {
    const auto answer = get(target, fields);
    return answer.headers.get("X-Variant") + " " + answer.headers.get("X-Reason");
}

std::map<std::string, int> Site::tally(int count, const std::string& target,
                                       const harness::Fields& fields) const {
    std::map<std::string, int> seen;
    harness::HttpConnection client(front());
    for (int i = 0; i < count; ++i) {
        harness::Fields own = fields;
        for (auto& [name, value] : own) {
            value = numbered(value, i);
        }
        ++seen[client.get(numbered(target, i), own).headers.get("X-Variant")];
    }
    return seen;
}

}  // namespace teal::integration
