// What the module costs a worker in memory, and how long `teal_status` takes, with one split and
// with 10 000 of two variants each.
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/clocks.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/nginx_server.hpp"

#include <iostream>
#include <sstream>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr char kStatus[] = "  location = /teal/status { teal_status; }\n";

// Of /proc/PID/smaps_rollup, in KiB.
struct Memory {
    long rss = 0;
    long pss = 0;
};

Memory memory_of(pid_t pid) {
    std::istringstream in(read_file("/proc/" + std::to_string(pid) + "/smaps_rollup"));
    Memory memory;
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("Rss:", 0) == 0) {
            memory.rss = std::stol(line.substr(4));
        } else if (line.rfind("Pss:", 0) == 0) {
            memory.pss = std::stol(line.substr(4));
        }
    }
    return memory;
}

struct Cost {
    Memory memory;
    double status_ms = 0;
    std::size_t status_bytes = 0;
};

Cost measure(Workspace& workspace, const std::string& name, const std::string& http, bool module,
             std::uint16_t port) {
    NginxServer nginx(workspace, {.http = http,
                                  .load_module = module,
                                  .log_level = "warn",
                                  .access_log = false,
                                  .directory = name});
    nginx.start();
    HttpConnection client(Endpoint::loopback(port), 60s);
    for (int i = 0; i < 200; ++i) {
        if (client.get("/", {{"Cookie", "session=" + std::to_string(i)}}).status != 200) {
            throw std::runtime_error(name + ": a request failed");
        }
    }
    Cost cost;
    cost.memory = memory_of(nginx.worker_pids().at(0));
    std::vector<double> times;
    for (int i = 0; module && i < 15; ++i) {
        const std::uint64_t begin = monotonic_ns();
        const auto answer = client.get("/teal/status");
        times.push_back(static_cast<double>(monotonic_ns() - begin) / 1e6);
        cost.status_bytes = answer.body.size();
        if (answer.status != 200) {
            throw std::runtime_error(name + ": teal_status answered " +
                                     std::to_string(answer.status));
        }
    }
    cost.status_ms = median(times);
    return cost;
}

std::string many_splits_site(const BenchTable& table, std::uint16_t port, unsigned splits) {
    std::string text =
        "variables_hash_max_size 65536;\n" + teal_site(table.path(), port, 64, kStatus);
    for (unsigned i = 1; i < splits; ++i) {
        text += "teal_split s" + std::to_string(i) +
                " { variant blue; variant green; default blue; key $remote_addr; }\n";
    }
    return text;
}

}  // namespace

int main() try {
    Workspace workspace("bench");
    const Backend blue("blue");
    const Backend green("green");
    const Addresses to{blue.address(), green.address()};
    const std::uint16_t plain_port = workspace.free_port();
    const Cost plain =
        measure(workspace, "plain", plain_site(to, plain_port, 64), false, plain_port);
    std::printf("plain nginx: RSS %ld KiB, PSS %ld KiB\n", plain.memory.rss, plain.memory.pss);
    for (const unsigned splits : {1u, 10'000u}) {
        BenchTable table(splits < 256 ? 256 : splits);
        publish_many(table, to, splits);
        const std::uint16_t port = workspace.free_port();
        const Cost cost = measure(workspace, "splits" + std::to_string(splits),
                                  many_splits_site(table, port, splits), true, port);
        const std::string of = std::to_string(splits) + (splits == 1 ? " split" : " splits");
        print_figure(
            "memory per worker over plain nginx, " + of,
            "PSS +" + number(static_cast<double>(cost.memory.pss - plain.memory.pss) / 1024, 1) +
                " MiB, RSS +" +
                number(static_cast<double>(cost.memory.rss - plain.memory.rss) / 1024, 1) + " MiB",
            "plain PSS " + number(static_cast<double>(plain.memory.pss) / 1024, 1) + " MiB",
            "stated", Met::stated);
        print_figure("teal_status, " + of + ": median",
                     number(cost.status_ms, 2) + " ms, " +
                         number(static_cast<double>(cost.status_bytes) / 1024, 0) + " KiB",
                     "", "stated", Met::stated);
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_memory: " << error.what() << "\n";
    return 1;
}
