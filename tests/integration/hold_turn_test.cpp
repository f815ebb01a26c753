// A hold that begins or ends in the middle of an event loop's turn: whoever asked for it must not
// hear "applied" before every request of that turn is either in flight or made to wait, and what
// was let go may meet the next hold on its way.
#include <algorithm>
#include <csignal>
#include <random>
#include <string>
#include <thread>

#include "shared/counters/slots.hpp"
#include "shared/mapping/shared_word.hpp"
#include "tests/harness/load.hpp"
#include "tests/integration/hold_site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

// The worker does nothing meanwhile, and finds all of it in one turn, in the order it came.
class StoppedWorker {
public:
    explicit StoppedWorker(const HeldSite& site) : pid_(site.nginx.worker_pids().at(0)) {
        ::kill(pid_, SIGSTOP);
        wait_until([&] { return state() == 'T'; }, 10s, "the worker to stop");
    }
    ~StoppedWorker() { ::kill(pid_, SIGCONT); }
    StoppedWorker(const StoppedWorker&) = delete;
    StoppedWorker& operator=(const StoppedWorker&) = delete;

private:
    char state() const {
        const std::string stat = read_file("/proc/" + std::to_string(pid_) + "/stat");
        return stat.at(stat.rfind(')') + 2);
    }

    pid_t pid_;
};

// Spins, so that nothing of the worker's turn goes by unseen.
class Observer {
public:
    explicit Observer(const HeldSite& site)
        : file_(site.control.counters_file()),
          live_(counters::live_slots(file_)),
          blue_(counters::find_variant(file_, counters::find_split(file_, "app"), "blue")) {
        while (!live_[slot_]) {
            ++slot_;
        }
    }
    // How many requests are, or were, with a backend in the moment in which the worker reports the
    // generation.
    std::uint64_t started_when_applied(std::uint64_t generation) const {
        const auto give_up = std::chrono::steady_clock::now() + 10s;
        while (load_shared(file_.slot(slot_).generation, std::memory_order_acquire) < generation) {
            if (std::chrono::steady_clock::now() > give_up) {
                throw std::runtime_error("the worker does not report the generation");
            }
        }
        return started();
    }
    std::uint64_t started() const {
        counters::VariantCounters sum{};
        counters::add_up(file_, live_, blue_, sum);
        return sum.started;
    }

private:
    counters::File file_;
    counters::LiveSlots live_;
    std::uint32_t blue_;
    std::uint32_t slot_ = 0;
};

constexpr char kGet[] = "GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr int kRounds = 200;  // what is looked for would last for microseconds

bool answered(HttpConnection& client) {
    return client.receive_raw("\r\n\r\n").rfind("HTTP/1.1 204", 0) == 0;
}

}  // namespace

TEST_CASE("a request that finds the hold itself is in flight before the hold counts as applied",
          "[hold]") {
    HeldSite site;
    HttpConnection first(site.front(), 30s);
    HttpConnection second(site.front(), 30s);
    REQUIRE(first.get("/").ok());  // the connections are the worker's by now
    REQUIRE(second.get("/").ok());
    const Observer observer(site);
    int found_by_requests = 0;
    for (int i = 0; i < kRounds; ++i) {
        CAPTURE(i);
        table::Publication published;
        {
            const StoppedWorker stopped(site);
            REQUIRE(first.send_raw(kGet));
            REQUIRE(second.send_raw(kGet));
            published = site.control.publish(
                [](table::TableImage& image) { HeldSite::set_hold(image, 60s); });
        }
        const std::uint64_t told = observer.started_when_applied(published.generation);
        const auto before = static_cast<std::uint64_t>(2 + 2 * i);
        wait_until([&] { return observer.started() + site.holds().waiting == before + 2; }, 10s,
                   "each of the two to be served or to wait");
        // The first had passed the gate when it saw the hold, unless the bell rang before.
        REQUIRE(observer.started() == told);
        const bool found = told == before + 1;
        found_by_requests += found ? 1 : 0;
        REQUIRE((found || told == before));
        CHECK((!found || answered(first)));
        site.release();
        CHECK((found || answered(first)));
        CHECK(answered(second));
    }
    CHECK(found_by_requests > kRounds / 4);
    CHECK(site.holds().passed == 0);
    CHECK(site.nginx.log().lines_with("went past the hold").empty());
}

TEST_CASE("a release and the next hold in one turn: who waits goes on waiting, and nobody else",
          "[hold]") {
    HeldSite site;
    site.hold();
    auto asked = site.ask_many(5);
    site.wait_for_waiting(5);
    table::Publication published;
    {
        const StoppedWorker stopped(site);
        site.control.publish(HeldSite::clear_hold);
        published =
            site.control.publish([](table::TableImage& image) { HeldSite::set_hold(image, 60s); });
    }
    site.control.wait_applied(published.generation);
    CHECK(site.holds().waiting == 5);
    CHECK(site.at_backends() == 0);
    // And the other way round: a hold that was over before anybody saw it.
    site.release();
    for (auto& one : asked) {
        CHECK(one.get().status == 200);
    }
    {
        const StoppedWorker stopped(site);
        site.control.publish([](table::TableImage& image) { HeldSite::set_hold(image, 60s); });
        published = site.control.publish(HeldSite::clear_hold);
    }
    site.control.wait_applied(published.generation);
    CHECK(site.get().ok());
    CHECK(site.holds().held == 5);
    CHECK(site.holds().released == 5);
}

TEST_CASE("holds and releases right behind each other under load lose and keep nobody", "[hold]") {
    HeldSite site({.workers = 2});
    // More than a worker lets go in one turn: the next hold comes while some are on their way.
    Load load({.target = site.front(), .connections = 300, .path = "/?key={n}", .timeout = 30s});
    load.start();
    load.wait_for_more(1000, 20s);
    std::mt19937 random(20261130);
    std::uniform_int_distribution<int> pause_us(0, 2000);
    for (int i = 0; i < 300; ++i) {
        site.control.publish([](table::TableImage& image) { HeldSite::set_hold(image, 60s); });
        std::this_thread::sleep_for(std::chrono::microseconds(pause_us(random)));  // what is varied
        site.control.publish(HeldSite::clear_hold);
        std::this_thread::sleep_for(std::chrono::microseconds(pause_us(random) / 4));
    }
    site.release();
    load.wait_for_more(600, 20s);
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(results.failed() == 0);
    const auto sums = site.holds();
    CHECK(sums.waiting == 0);
    CHECK(sums.held > 300);
    CHECK(sums.held == sums.released + sums.left);
    CHECK(sums.expired + sums.refused + sums.passed == 0);
    CHECK(site.in_flight() == 0);
}
