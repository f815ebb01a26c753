// How nginx starts with the module, and what it must not do: `nginx -t` creates nothing, no http{}
// block, no split, one process, a table to be restored, ten thousand splits.
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/fixtures/file_bytes.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/process_table.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

std::set<std::string> names_in(const std::string& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        names.insert(entry.path().filename());
    }
    return names;
}

}  // namespace

TEST_CASE("nginx -t creates nothing, with or without a table", "[start]") {
    Site site({.start = false, .publish = false});
    const auto before = names_in(site.control.directory);
    CHECK(site.nginx.test_config().code == 0);
    CHECK(names_in(site.control.directory) == before);

    publish_app(site.control, site.blue.address(), site.green.address());
    std::filesystem::remove(site.control.table);  // the saved copy stays: nothing is restored
    const auto saved = names_in(site.control.directory);
    CHECK(site.nginx.test_config().code == 0);
    CHECK(names_in(site.control.directory) == saved);

    std::string text = site.config({});
    text.replace(text.find(site.control.table), site.control.table.size(),
                 site.control.directory + "/not/there/table");
    site.nginx.edit_config(text);
    CHECK(site.nginx.test_config().code == 0);
    CHECK(names_in(site.control.directory) == saved);
}

TEST_CASE("a test of the configuration does not disturb the nginx that runs", "[start]") {
    Site site;
    for (int i = 0; i < 3; ++i) {
        CHECK(site.nginx.test_config().code == 0);
    }
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.decided() == "green only");
}

TEST_CASE("a table lost in a reboot is restored by nginx", "[start]") {
    Site site({.start = false});
    site.control.publish([](table::TableImage& image) {
        image.find("app")->find("blue")->weight_ppm = 0;
        image.find("app")->find("green")->weight_ppm = 1'000'000;
    });
    std::filesystem::remove(site.control.table);
    site.nginx.start();
    CHECK(site.decided() == "green only");
    CHECK(site.nginx.log().lines_with("restored from").size() == 1);
    site.control.set("app", {{"blue", 100}, {"green", 0}});
    CHECK(site.decided() == "blue only");
    CHECK(site.control.generation() == 3);
}

TEST_CASE("a damaged saved copy is said and not restored", "[start]") {
    Site site({.start = false});
    std::filesystem::remove(site.control.table);
    fixtures::write_bytes(site.control.saved, std::string(9000, 'z'));
    site.nginx.start();
    CHECK(site.decided() == "blue default");
    CHECK(site.nginx.log().lines_with("could not be restored").size() == 1);
}

TEST_CASE("the module loads without an http block, and without a split", "[start]") {
    Workspace workspace;
    NginxServer bare(workspace, {.http_block = false, .directory = "bare"});
    CHECK(bare.test_config().code == 0);
    bare.start();
    bare.reload();
    CHECK(bare.finish().empty());

    ControlPlane control;
    const auto port = workspace.free_port();
    NginxServer none(workspace, {.http = control.directive() + "server { listen 127.0.0.1:" +
                                         std::to_string(port) + "; return 200 fine; }",
                                 .directory = "none"});
    const auto before = names_in(control.directory);
    none.start();
    CHECK(http_get(Endpoint::loopback(port), "/").body == "fine");
    none.reload(OldWorkers::wait_until_gone);
    CHECK(http_get(Endpoint::loopback(port), "/").body == "fine");
    CHECK(names_in(control.directory) == before);  // nothing is counted where nothing is split
    CHECK(none.finish().empty());
}

TEST_CASE("splits may come and go entirely with reloads", "[start]") {
    Site site;
    const std::string whole = site.config({});
    const std::string plain =
        "server { listen 127.0.0.1:" + std::to_string(site.port) + "; return 200 plain; }";
    for (int i = 0; i < 2; ++i) {
        site.nginx.edit_config(plain);
        site.nginx.reload(OldWorkers::wait_until_gone);
        CHECK(site.get().body == "plain");
        site.nginx.edit_config(whole);
        site.nginx.reload(OldWorkers::wait_until_gone);
        CHECK(site.decided() == "blue only");
    }
}

TEST_CASE("a single process without a master serves, switches and counts", "[start]") {
    Workspace workspace;
    ControlPlane control;
    Backend blue("blue");
    Backend green("green");
    publish_app(control, blue.address(), green.address());
    const auto port = workspace.free_port();
    const auto root = workspace.make_directory("single");
    ::chmod(root.c_str(), 0777);
    const auto config = workspace.write(
        "single/nginx.conf",
        nginx_config_text(
            {.http = control.directive() +
                     "teal_split app { variant blue; variant green; default blue; }\n"
                     "upstream app { teal app; }\n"
                     "server { listen 127.0.0.1:" +
                     std::to_string(port) + "; location / { proxy_pass http://app; } }",
             .main = "master_process off;"},
            root));
    std::string text = read_file(config);
    text.replace(text.find("daemon on"), 9, "daemon off");
    workspace.write("single/nginx.conf", text);
    Process nginx({.argv = {nginx_binary().string(), "-p", root.string() + "/", "-c",
                            config.string(), "-e", (root / "error.log").string()},
                   .env = nginx_environment({}, root)});
    wait_until([&] { return http_get(Endpoint::loopback(port), "/").status == 200; }, 20s,
               "the single process answers");
    control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(http_get(Endpoint::loopback(port), "/").headers.get("X-Served-By") == "green");
    CHECK(control.settled("app", "green").status_2xx == 1);
    CHECK(nginx.signal(SIGQUIT));
    CHECK(nginx.wait(15s));
    CHECK(nginx.exit_code() == 0);
    CHECK(NginxLog(root / "error.log", root / "asan").offences().empty());
}

TEST_CASE("the number of workers may change with a reload", "[start]") {
    Site site({.workers = 1});
    // The harness waits for the number it was told at first, so the workers are counted here.
    std::string text = read_file(site.nginx.config_file());
    text.replace(text.find("worker_processes 1"), 18, "worker_processes 4");
    site.workspace.write("nginx/nginx.conf", text);
    const counters::File file = site.control.counters_file();
    const pid_t former = site.nginx.worker_pids().at(0);
    site.nginx.signal_master(SIGHUP);
    wait_until(
        [&] {
            return !process_running(former) && site.nginx.worker_pids().size() == 4 &&
                   counters::applied(file, 1).on_it == 4;
        },
        20s, "four new workers, and the old one gone");
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(counters::applied(file, 2).on_it == 4);
    CHECK(file.header().worker_processes == 4);
    CHECK(site.decided() == "green only");
}

TEST_CASE("ten thousand splits start, switch and report", "[start][large]") {
    constexpr int kSplits = 10'000;
    ControlPlane large(kSplits);
    Site site({.start = false, .publish = false});
    std::string http = large.directive();
    for (int i = 0; i < kSplits; ++i) {
        const std::string name = "s" + std::to_string(i);
        http += "teal_split " + name + " { variant blue; variant green; default blue; }\n";
    }
    http +=
        "upstream app { teal s9999; keepalive 8; }\nserver { listen 127.0.0.1:" +
        std::to_string(site.port) +
        ";\n location / { proxy_pass http://app; add_header X-Variant $teal_s9999; "
        "add_header X-Reason $teal_s9999_reason; }\n"
        " location = /teal/status { teal_status; } location = /teal/metrics { teal_metrics; } }";
    large.publish([&](table::TableImage& image) {
        for (int i = 0; i < kSplits; ++i) {
            image.splits.push_back(fixtures::split(
                "s" + std::to_string(i), static_cast<std::uint64_t>(i),
                {fixtures::variant("blue", 1'000'000, {site.blue.address().c_str()}),
                 fixtures::variant("green", 0, {site.green.address().c_str()})}));
        }
    });
    const auto seconds_since = [](std::chrono::steady_clock::time_point start) {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    site.nginx.edit_config(http);
    auto start = std::chrono::steady_clock::now();
    site.nginx.start();
    const double start_s = seconds_since(start);
    CHECK(site.decided() == "blue only");
    start = std::chrono::steady_clock::now();
    const auto made = large.set("s9999", {{"blue", 0}, {"green", 100}});
    const double switch_s = seconds_since(start);
    CHECK(made.generation == 2);
    CHECK(site.decided() == "green only");
    struct stat before {};
    ::stat(large.counters.c_str(), &before);
    start = std::chrono::steady_clock::now();
    const auto page = site.get("/teal/status").body;
    const double status_s = seconds_since(start);
    const auto status = nlohmann::json::parse(page);
    CHECK(status["splits"].size() == kSplits);
    CHECK(status["splits"]["s9999"]["variants"]["green"]["weight_percent"] == 100.0);
    start = std::chrono::steady_clock::now();
    const auto metrics = site.get("/teal/metrics").body;
    const double metrics_s = seconds_since(start);
    CHECK(metrics.find("split=\"s5000\"") != std::string::npos);
    struct stat after {};
    ::stat(large.counters.c_str(), &after);
    start = std::chrono::steady_clock::now();
    site.nginx.reload(OldWorkers::wait_until_gone);
    const double reload_s = seconds_since(start);
    CHECK(site.decided() == "green only");
    WARN("10 000 splits: start " << start_s << " s, reload " << reload_s
                                 << " s, one switch with its proof " << switch_s
                                 << " s, teal_status " << status_s << " s (" << page.size() / 1024
                                 << " KiB), teal_metrics " << metrics_s << " s ("
                                 << metrics.size() / 1024 << " KiB), a worker's own memory "
                                 << private_memory_kib(site.nginx.worker_pids().at(0)) / 1024
                                 << " MiB, counters file " << before.st_blocks / 2048
                                 << " MiB, after the pages " << after.st_blocks / 2048 << " MiB");
}
