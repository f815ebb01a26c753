// A scrape of 1 000 splits of two variants, all of them with counts of four workers: how long it
// takes, beside nginx delivering a file of the same length; and what traffic in the same worker
// notices of it, beside the same traffic without.
#include "shared/counters/slots.hpp"
#include "shared/mapping/shared_word.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/byte_stream.hpp"
#include "tests/harness/clocks.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/wait.hpp"

#include <atomic>
#include <iostream>
#include <memory>
#include <thread>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kSplits = 1'000;
constexpr unsigned kFormerWorkers = 4;
constexpr double kReach_ms = 50;
constexpr double kRate = 1'000;
constexpr int kRounds = 5;
// How often is scraped: Prometheus' default is a minute, its example says 15 seconds.
constexpr auto kOften = 1s;
constexpr auto kAsInTheExample = 15s;

std::string site_text(const BenchTable& table, std::uint16_t port, const std::string& file) {
    std::string text = "variables_hash_max_size 65536;\n" +
                       teal_site(table.path(), port, 64,
                                 "  location = /teal/metrics { teal_metrics; }\n"
                                 "  location = /file { default_type text/plain; alias " +
                                     file + "; }\n");
    for (unsigned i = 1; i < kSplits; ++i) {
        text += "teal_split s" + std::to_string(i) +
                " { variant blue; variant green; default blue; key $remote_addr; }\n";
    }
    return text;
}

// What workers that have gone left behind: counts in every cell a scrape looks at.
void count_everywhere(const std::string& path) {
    for (unsigned w = 0; w < kFormerWorkers; ++w) {
        counters::File file;
        int error = 0;
        if (file.open(path.c_str(), Access::read_write, &error) != counters::Opened::ok) {
            throw std::runtime_error(path + " cannot be opened");
        }
        const std::uint32_t slot = counters::claim_slot(file, 1, 1);
        for (std::uint32_t v = 0; v < file.variant_count(); ++v) {
            counters::VariantCounters& cell = file.counters(slot, v);
            cell.decided = cell.started = cell.finished = cell.status_2xx = 1'000'000 + v;
            for (std::size_t b = 30; b < 90; ++b) {
                cell.first_byte[b] = cell.total[b] = 16'000 + b;
            }
            cell.first_byte_sum_us = cell.total_sum_us = 123'456'789'000;
            cell.bytes_received = cell.bytes_sent = 123'456'789'000;
        }
        counters::leave_slot(file, slot);
        file.close();
        // The next one must not inherit this slot, or there would be counts in one only.
        static std::vector<std::unique_ptr<counters::File>> holders;
        holders.push_back(std::make_unique<counters::File>());
        holders.back()->open(path.c_str(), Access::read_write, &error);
        counters::claim_slot(*holders.back(), 1, 1);
    }
}

// What arrives is counted and dropped: who scrapes is elsewhere as a rule, and growing a string to
// eleven megabytes would take the processor from the requests that are measured.
double scrape_ms(const Endpoint& front, const char* path, std::size_t* bytes) {
    const std::uint64_t begin = monotonic_ns();
    const ByteStream::Deadline deadline = std::chrono::steady_clock::now() + 60s;
    ByteStream stream(front, 60s);
    std::string piece;
    stream.send("GET " + std::string(path) + " HTTP/1.0\r\nHost: localhost\r\n\r\n", deadline);
    stream.receive(piece, deadline);
    if (piece.rfind("HTTP/1.1 200", 0) != 0) {
        throw std::runtime_error(std::string(path) + " answered " + piece.substr(0, 40));
    }
    std::size_t received = 0;
    do {
        received += piece.size();
        piece.clear();
    } while (stream.receive(piece, deadline));
    if (stream.error() != NetError::closed) {
        throw std::runtime_error(std::string(path) + ": " + word_for(stream.error()));
    }
    *bytes = received;
    return static_cast<double>(monotonic_ns() - begin) / 1e6;
}

// Begins at once, then at that interval.
class Scraper {
public:
    Scraper(const Endpoint& front, const char* path, std::chrono::seconds interval)
        : thread_([this, front, path, interval] {
              while (!stopping_) {
                  std::size_t bytes = 0;
                  const auto next = std::chrono::steady_clock::now() + interval;
                  scrape_ms(front, path, &bytes);
                  while (!stopping_ && std::chrono::steady_clock::now() < next) {
                      std::this_thread::sleep_for(5ms);
                  }
              }
          }) {}
    ~Scraper() {
        stopping_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

struct Latency {
    double p50_ms;
    double p99_ms;
    double p999_ms;
};

// For fifteen seconds. `scraped`: the path that is asked for; nullptr: none.
Latency traffic(const Endpoint& front, const char* scraped, std::chrono::seconds interval) {
    Load load({.target = front, .connections = 16, .path = "/?key={n}", .rate = kRate});
    const std::unique_ptr<Scraper> scraper =
        scraped != nullptr ? std::make_unique<Scraper>(front, scraped, interval) : nullptr;
    load.start();
    std::this_thread::sleep_for(kAsInTheExample);
    load.stop();
    const LoadResults results = load.results();
    if (results.failed() != 0) {
        throw std::runtime_error("requests failed: " + results.summary());
    }
    return {results.latency_us(0.5) / 1e3, results.latency_us(0.99) / 1e3,
            results.latency_us(0.999) / 1e3};
}

std::string text_of(const std::vector<Latency>& all, double Latency::*which) {
    std::string text;
    for (const Latency& one : all) {
        text += (text.empty() ? "" : ", ") + number(one.*which, 2);
    }
    return text;
}

// Whether the latencies of `with` are larger than those of `without` beyond chance: the rank-sum
// test (Mann and Whitney 1947), one-sided at 5 %. Its critical value is for five runs each.
bool is_slower(const std::vector<Latency>& with, const std::vector<Latency>& without,
               double Latency::*which) {
    static_assert(kRounds == 5);
    constexpr double kCritical = 4;
    double u = 0;
    for (const Latency& one : with) {
        for (const Latency& other : without) {
            u += one.*which < other.*which ? 1 : one.*which > other.*which ? 0 : 0.5;
        }
    }
    return u <= kCritical;
}

}  // namespace

int main() try {
    Workspace workspace("bench");
    const Backend blue("blue");
    const Backend green("green");
    BenchTable table(kSplits);
    publish_many(table, {blue.address(), green.address()}, kSplits);
    const std::uint16_t port = workspace.free_port();
    const Endpoint front = Endpoint::loopback(port);
    const std::string file = workspace.path("page").string();
    NginxServer nginx(
        workspace,
        {.http = site_text(table, port, file), .log_level = "warn", .access_log = false});
    nginx.start();
    count_everywhere(std::filesystem::path(table.path()).parent_path() / "counters");

    std::size_t bytes = 0;
    std::vector<double> scrapes;
    for (int i = 0; i < 15; ++i) {
        scrapes.push_back(scrape_ms(front, "/teal/metrics", &bytes));
    }
    workspace.write("page", std::string(bytes, 'x'));
    std::vector<double> files;
    std::size_t file_bytes = 0;
    for (int i = 0; i < 15; ++i) {
        files.push_back(scrape_ms(front, "/file", &file_bytes));
    }
    print_figure("a scrape of 1 000 splits x 2 variants: median, slowest of 15",
                 number(median(scrapes), 1) + ", " + number(quantile(scrapes, 1), 1) + " ms, " +
                     number(static_cast<double>(bytes) / 1e6, 1) + " MB",
                 "a file of that length " + number(median(files), 1) + " ms", "<= 50 ms",
                 met_if(median(scrapes) <= kReach_ms));

    std::vector<Latency> without;
    std::vector<Latency> with;
    std::vector<Latency> often;
    std::vector<Latency> file_often;
    for (int i = 0; i < kRounds; ++i) {
        without.push_back(traffic(front, nullptr, kAsInTheExample));
        with.push_back(traffic(front, "/teal/metrics", kAsInTheExample));
        often.push_back(traffic(front, "/teal/metrics", kOften));
        file_often.push_back(traffic(front, "/file", kOften));
    }
    const std::string base = "without " + text_of(without, &Latency::p99_ms) + " ms";
    print_figure("p99 of 1 000 requests/s in the one worker that is scraped every 15 s",
                 text_of(with, &Latency::p99_ms) + " ms", base, "within noise",
                 met_if(!is_slower(with, without, &Latency::p99_ms)));
    print_figure(
        "the same when it is scraped every second", text_of(often, &Latency::p99_ms) + " ms",
        base + "; a file of that length instead " + text_of(file_often, &Latency::p99_ms) + " ms",
        "stated", Met::stated);
    print_figure("p50 of the same", text_of(often, &Latency::p50_ms) + " ms",
                 "without " + text_of(without, &Latency::p50_ms) + " ms", "stated", Met::stated);
    print_figure("p99.9 of the same", text_of(often, &Latency::p999_ms) + " ms",
                 "without " + text_of(without, &Latency::p999_ms) + " ms; every 15 s " +
                     text_of(with, &Latency::p999_ms) + " ms; the file " +
                     text_of(file_often, &Latency::p999_ms) + " ms",
                 "stated", Met::stated);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_scrape: " << error.what() << "\n";
    return 1;
}
