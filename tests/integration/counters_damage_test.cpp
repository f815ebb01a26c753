// The counters file may be damaged, missing or without room: nginx serves on, only uncounted.
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/small_tmpfs.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

// A site with its counters elsewhere than beside the table.
std::string with_counters(const Site& site, const std::string& path) {
    return "teal_counters " + path + ";\n" + site.config({});
}

void check_serves(const Site& site) {
    Load load({.target = site.front(), .connections = 4, .path = "/?key={n}"});
    load.start();
    load.wait_for_more(200, 20s);
    load.stop();
    INFO(load.results().summary());
    CHECK(load.failed() == 0);
    CHECK(load.count("blue") == load.total());
    CHECK(site.get("/teal/status").status == 200);
    CHECK(site.get("/teal/metrics").status == 200);
}

}  // namespace

TEST_CASE("counters cut short under load cost no request, and a reload counts again",
          "[damage][counting]") {
    Site site({.workers = 2});
    Load load({.target = site.front(), .connections = 8, .path = "/?key={n}"});
    load.start();
    load.wait_for_more(200, 20s);
    REQUIRE(::truncate(site.control.counters.c_str(), 0) == 0);
    load.wait_for_more(500, 20s);
    CHECK(site.get("/teal/status").status == 200);
    wait_until([&] { return site.nginx.log().lines_with("were cut short").size() == 2; }, 10s,
               "both workers have said so");
    load.wait_for_more(200, 20s);
    load.stop();
    INFO(load.results().summary());
    CHECK(load.failed() == 0);
    CHECK(site.nginx.log().lines_with("were cut short").size() == 2);
    site.nginx.reload(OldWorkers::wait_until_gone);
    check_serves(site);
    CHECK(site.settled("blue").finished >= 200);
}

TEST_CASE("switches reach workers whose counters were lost", "[damage][counting]") {
    Site site;
    REQUIRE(::truncate(site.control.counters.c_str(), 0) == 0);
    CHECK(site.decided() == "blue only");
    site.control.publish([](table::TableImage& image) {
        image.find("app")->find("blue")->weight_ppm = 0;
        image.find("app")->find("green")->weight_ppm = 1'000'000;
    });
    CHECK(site.decided() == "green only");
}

TEST_CASE("counters that cannot be made are said once, and nginx serves", "[damage][counting]") {
    Site site({.start = false});
    site.nginx.edit_config(with_counters(site, site.control.directory + "/no/such/counters"));
    site.nginx.start();
    check_serves(site);
    CHECK(site.nginx.log().lines_with("cannot be made").size() == 1);
}

TEST_CASE("counters of another owner are said, and nginx serves", "[damage][counting]") {
    Site site({.start = false});
    const std::string path = site.control.directory + "/others";
    REQUIRE(counters::create_file(path.c_str(), 16, 64, 0, 0) == 0);
    site.nginx.edit_config(with_counters(site, path));
    site.nginx.start();
    check_serves(site);
    if (::geteuid() == 0) {
        CHECK(site.nginx.log().lines_with("this worker counts nothing").size() == 1);
    }
}

TEST_CASE("foreign bytes in the counters' place are set aside", "[damage][counting]") {
    Site site({.start = false});
    const std::string path = site.control.directory + "/foreign";
    fixtures::write_bytes(path, std::string(10'000, 'z'));
    site.nginx.edit_config(with_counters(site, path));
    site.nginx.start();
    check_serves(site);
    CHECK(fixtures::bytes_of(path + ".replaced") == std::string(10'000, 'z'));
}

TEST_CASE("counters on a full tmpfs cost no request", "[damage][counting]") {
    fixtures::SmallTmpfs disk(256 * 1024);
    if (!disk.mounted()) {
        WARN(disk.reason());
        return;
    }
    const std::string path = disk / "counters";
    ::chmod((disk / ".").c_str(), 0755);
    Site site({.workers = 2, .start = false});
    site.nginx.edit_config(with_counters(site, path));
    SECTION("full before nginx starts") {
        disk.fill();
        site.nginx.start();
        check_serves(site);
    }
    SECTION("full while it runs") {
        site.nginx.start();
        disk.fill();
        check_serves(site);
        site.get("/", {{"X-Pin", "green"}});
        CHECK(site.decided("/", {{"X-Pin", "green"}}) == "green pin");
    }
    disk.free_space();
    site.nginx.reload(OldWorkers::wait_until_gone);
    check_serves(site);
    site.nginx.stop();
}
