// The A/B example of conf/examples does what its comments say, with nothing changed but its paths
// and port.
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/integration/experiment_site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;

namespace {

void replace(std::string& text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    if (at == std::string::npos) {
        throw std::runtime_error("the example no longer says " + what);
    }
    text.replace(at, what.size(), by);
}

struct Example {
    Example() {
        std::ofstream(secret) << kSecret << "\n";
        ::chmod(secret.c_str(), 0600);
        control.publish([&](table::TableImage& image) {
            const auto half = table::kTotalPpm / 2;
            image.splits.push_back(
                fixtures::split("checkout", 1,
                                {fixtures::variant("control", half, {shop.address().c_str()}),
                                 fixtures::variant("one_page", half, {shop.address().c_str()})}));
            image.splits.push_back(fixtures::split(
                "banner", 2,
                {fixtures::variant("plain", half, {}), fixtures::variant("loud", half, {})}));
        });
        nginx.start();
    }

    // What stands inside http{}.
    std::string http() {
        std::string text = read_file(TEAL_EXAMPLES "/ab-test.conf");
        replace(text, "/run/teal/table", control.table);
        replace(text, "/var/lib/teal/secret", secret);
        replace(text, "/var/log/nginx/access.log", log.string());
        replace(text, "listen 80;", "listen 127.0.0.1:" + std::to_string(port) + ";");
        const auto begin = text.find("http {") + 6;
        return text.substr(begin, text.rfind('}') - begin);
    }
    // Conversions of `order` and exposures, of all variants of both splits.
    std::pair<std::uint64_t, std::uint64_t> counted() const {
        const counters::File file = control.counters_file();
        std::pair<std::uint64_t, std::uint64_t> all{0, 0};
        for (std::uint32_t v = 0; v < file.variant_count(); ++v) {
            const counters::VisitorSums sums = counters::visitor_sums(file, v);
            all.first += sums.goals[0].conversions;
            all.second += sums.exposures;
        }
        return all;
    }

    Workspace workspace;
    ControlPlane control;
    std::string secret = control.directory + "/secret";
    std::filesystem::path log = workspace.write("ab.log", "");
    Backend shop{"shop"};
    std::uint16_t port = workspace.free_port();
    NginxServer nginx{workspace, {.http = http()}};
};

}  // namespace

TEST_CASE("the A/B example counts each visitor in one experiment and leaves bots out",
          "[experiment][example]") {
    Example site;
    site.shop.behave({.fields = {{"X-Order-Value", "49.90"}}});
    const Endpoint front = Endpoint::loopback(site.port);
    constexpr unsigned kVisitors = 60;
    unsigned given = 0;
    for (unsigned i = 0; i < kVisitors; ++i) {
        const Fields browser = {{"User-Agent", "Firefox"}, {"Cookie", "uid=" + std::to_string(i)}};
        given += static_cast<unsigned>(
            http_get(front, "/order", browser).headers.all("Set-Cookie").size());
        const Fields bot = {{"User-Agent", "Googlebot"}, {"Cookie", "uid=" + std::to_string(i)}};
        CHECK_FALSE(http_get(front, "/order", bot).headers.has("Set-Cookie"));
    }
    // 5 % are held out of both; everybody else is in exactly one.
    const auto [orders, exposures] = site.counted();
    CHECK(given == exposures);
    CHECK(orders == exposures);
    CHECK(exposures < kVisitors);
    CHECK(exposures > kVisitors * 3 / 4);
    CHECK(http_get(front, "/subscribed").body == "Thank you.\n");
    CHECK_FALSE(nlohmann::json::parse(http_get(front, "/teal/status").body)["splits"].empty());
}
