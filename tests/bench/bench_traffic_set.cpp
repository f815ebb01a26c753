// `teal traffic set app green=100` as a process: from before the fork to after its exit was seen,
// the proof that all four workers decide by it included; idle, and with 2 000 requests a second.
//
// The saved copy lies beside the table, on tmpfs, where syncing it costs nothing. The last figure
// has both on disk: that is what the sync of the saved copy adds, and more, as the table's pages
// are the disk's too then. /bin/true beside each says what any process costs on the machine.
#include "tests/bench/cli.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"

#include <filesystem>
#include <iostream>
#include <thread>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr int kWorkers = 4;
constexpr double kRate = 2000;

void measure(const BenchTable& table, int count, const std::string& when, bool reach) {
    std::vector<double> walls;
    bool proven = true;
    for (int i = 0; i < count; ++i) {
        const SetResult set = set_everything_to(table.path(), i % 2 == 0 ? "green" : "blue");
        walls.push_back(set.wall_ms);
        proven = proven && set.proven && set.json.at("workers") == kWorkers;
        std::this_thread::sleep_for(10ms);
    }
    std::printf("%s: median %.2f ms, p90 %.2f ms, p99 %.2f ms, n = %d, %s by all %d workers\n",
                when.c_str(), median(walls), quantile(walls, 0.9), quantile(walls, 0.99), count,
                proven ? "each proven applied" : "NOT always proven applied", kWorkers);
    print_figure("teal traffic set to 100 %, whole process with proof, 4 workers, " + when +
                     ": median ms of " + std::to_string(count),
                 number(median(walls), 2), "", reach ? "<= 5" : "stated",
                 reach ? met_if(proven && median(walls) <= 5.0) : Met::stated);
}

// A process that does nothing: what the machine itself takes of the figures above.
void measure_nothing(int count, const std::string& when) {
    std::vector<double> walls;
    for (int i = 0; i < count; ++i) {
        walls.push_back(static_cast<double>(run({"/bin/true"}).wall.count()) / 1000.0);
        std::this_thread::sleep_for(10ms);
    }
    std::printf("/bin/true %s: median %.2f ms\n", when.c_str(), median(walls));
}

void measure_on(const std::string& directory, int count, const std::string& where, bool reach) {
    Workspace workspace("bench");
    BenchTable table(256, directory);
    const Backend blue("blue");
    const Backend green("green");
    table.publish_app({blue.address(), green.address()}, 0);
    const std::uint16_t port = workspace.free_port();
    NginxServer nginx(workspace, {.http = teal_site(table.path(), port, 64),
                                  .worker_processes = kWorkers,
                                  .log_level = "warn",
                                  .access_log = false});
    nginx.start();
    measure(table, count, "idle" + where, reach);
    measure_nothing(count, "idle");
    Load load({.target = Endpoint::loopback(port),
               .connections = 32,
               .fields = {{"Cookie", "session={n}"}},
               .rate = kRate,
               .longest = 300s});
    load.start();
    load.wait_for_more(500, 10s);
    measure(table, count, "under 2 000 requests/s" + where, reach);
    measure_nothing(count, "under 2 000 requests/s");
    load.stop();
    std::printf("load: %s\n", load.results().summary().c_str());
}

}  // namespace

int main(int argc, char** argv) try {
    const int count = argc > 1 ? std::atoi(argv[1]) : 150;
    measure_on("/dev/shm", count, "", true);
    measure_on(std::filesystem::temp_directory_path(), count, ", all on disk", false);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_traffic_set: " << error.what() << "\n";
    return 1;
}
