// The guard inside nginx: trips on its own, whoever dies meanwhile; and the lease on a canary's
// weight. Real backends fail on purpose.
#include "shared/guard/state.hpp"
#include "shared/mapping/shared_word.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

#include <sys/stat.h>

#include <csignal>
#include <ctime>
#include <fstream>

using namespace teal;
using namespace teal::harness;
using namespace teal::integration;
using namespace std::chrono_literals;

namespace {

std::uint64_t unix_ns_now() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(now.tv_nsec);
}

struct Arming {
    std::string canary = "green";
    double percent = 10;
    double objective = 0;
    std::uint64_t slow_us = 0;
};

// The canary gets its share, and the guard watches it against the other color.
void arm(const ControlPlane& control, const Arming& arming) {
    control.apply([&](table::TableImage& image) {
        auto& app = *image.find("app");
        const bool green = arming.canary == "green";
        app.guard = {};
        app.guard.armed = 1;
        app.guard.canary = green ? 1 : 0;
        app.guard.baseline = green ? 0 : 1;
        app.guard.alpha_e9 = 100'000;  // 1e-4
        app.guard.objective_e9 = static_cast<std::uint64_t>(arming.objective * 1e9);
        app.guard.slow_us[0] = arming.slow_us;
        app.guard.armed_unix_ns = unix_ns_now();
        const auto share = static_cast<std::uint32_t>(arming.percent * 10'000);
        app.find("green")->weight_ppm = green ? share : 1'000'000 - share;
        app.find("blue")->weight_ppm = green ? 1'000'000 - share : share;
    });
}

guard::State state_of(const ControlPlane& control) {
    const counters::File file = control.counters_file();
    guard::State state;
    copy_from_shared(&state, file.split(counters::find_split(file, "app")).guard_state,
                     sizeof(state));
    return state;
}

bool is_tripped(const ControlPlane& control) {
    return state_of(control).tripped_unix_ns != 0;
}

void wait_for_trip(const ControlPlane& control, std::chrono::milliseconds patience = 20s) {
    wait_until([&] { return is_tripped(control); }, patience, "the guard to trip");
}

// Waits until the guard has looked so often since it was armed.
void wait_for_ticks(const ControlPlane& control, std::uint64_t ticks) {
    wait_until([&] { return state_of(control).evidence.ticks >= ticks; }, 30s, "the guard to look");
}

std::unique_ptr<Load> visitors(const Site& site, double rate = 1000, unsigned connections = 32) {
    auto load = std::make_unique<Load>(LoadOptions{.target = site.front(),
                                                   .connections = connections,
                                                   .path = "/?key={n}",
                                                   .rate = rate,
                                                   .longest = 120s});
    load->start();
    return load;
}

}  // namespace

TEST_CASE("a canary that fails is tripped, and its visitors are shielded meanwhile", "[guard]") {
    Site site({.rules = "key $arg_key; pin $http_x_pin; retry safe;\n", .workers = 3});
    site.nginx.expect_log("the guard has tripped");
    arm(site.control, {});
    auto load = visitors(site);
    load->wait_for_more(500, 20s);
    CHECK_FALSE(is_tripped(site.control));
    CHECK(load->count("green") > 0);

    site.green.behave({.status = 500});
    wait_for_trip(site.control);
    const std::uint64_t answers = site.green.requests();
    load->wait_for_more(1000, 20s);
    // The requests under way when it tripped, at most.
    CHECK(site.green.requests() - answers <= 3);
    bool tripped_seen = false;
    for (int key = 0; key < 100 && !tripped_seen; ++key) {
        tripped_seen = site.decided("/?key=" + std::to_string(key)) == "blue tripped";
    }
    CHECK(tripped_seen);
    CHECK(site.decided("/", {{"X-Pin", "green"}}) == "green pin");  // testers may look at it
    load->stop();
    INFO(load->results().summary());
    CHECK(load->results().failed() == 0);  // shielded, and counted all the same

    const guard::State state = state_of(site.control);
    CHECK(state.log_evidence >= state.threshold);
    CHECK(state.threshold == Catch::Approx(9.21034).epsilon(1e-5));
    CHECK(state.evidence.counts.canary.bad > 0);
    CHECK(state.evidence.counts.canary.bad <= state.evidence.counts.canary.done);
    CHECK(state.evidence.counts.baseline.bad == 0);
}

TEST_CASE("a healthy canary is left alone", "[guard]") {
    Site site({.workers = 2});
    arm(site.control, {.percent = 50, .objective = .01, .slow_us = 500'000});
    auto load = visitors(site, 2000);
    wait_for_ticks(site.control, 30);
    load->stop();
    CHECK_FALSE(is_tripped(site.control));
    const guard::State state = state_of(site.control);
    CHECK(state.evidence.counts.canary.done > 500);
    CHECK(state.evidence.counts.canary_slow[0].done > 500);
    CHECK(state.evidence.counts.canary_slow[0].bad == 0);
    CHECK(state.log_evidence < state.threshold);
}

TEST_CASE("when both fail together only the objective can tell", "[guard]") {
    Site site;
    site.nginx.expect_log("the guard has tripped");
    site.blue.behave({.status = 503});
    site.green.behave({.status = 503});
    auto load = visitors(site, 500);
    arm(site.control, {.percent = 50});
    wait_for_ticks(site.control, 20);
    CHECK_FALSE(is_tripped(site.control));
    arm(site.control, {.percent = 50, .objective = .05});
    wait_for_trip(site.control);
    load->stop();
}

TEST_CASE("a canary that accepts and never answers is tripped before its first timeout",
          "[guard]") {
    Site site({.location = "proxy_read_timeout 30s;\n", .workers = 2});
    site.nginx.expect_log("the guard has tripped");
    site.nginx.expect_log("client|upstream");
    arm(site.control, {.percent = 30, .slow_us = 300'000});
    auto healthy = visitors(site, 500, 256);  // those that hang must not keep the others away
    healthy->wait_for_more(300, 20s);
    CHECK_FALSE(is_tripped(site.control));
    site.green.behave({.delay = 20s});
    wait_for_trip(site.control, 5s);  // long before the 20 and the 30 seconds
    const guard::State state = state_of(site.control);
    CHECK(state.evidence.counts.canary.bad == 0);
    CHECK(state.evidence.counts.canary_slow[0].bad > 0);
    site.green.stop();  // lets go of those that wait
    healthy->stop();
}

TEST_CASE("colors take turns: the canary may be nginx.conf's default, the baseline takes over",
          "[guard]") {
    Site site({.rules = "key $arg_key; retry safe;\n"});
    site.nginx.expect_log("the guard has tripped");
    arm(site.control, {.canary = "blue", .percent = 20});
    site.blue.behave({.status = 502});
    auto load = visitors(site);
    wait_for_trip(site.control);
    load->wait_for_more(300, 20s);
    bool tripped_seen = false;
    for (int key = 0; key < 100 && !tripped_seen; ++key) {
        tripped_seen = site.decided("/?key=" + std::to_string(key)) == "green tripped";
    }
    CHECK(tripped_seen);
    load->stop();
    CHECK(load->results().failed() == 0);  // the shield, too, asks the baseline
}

TEST_CASE("a trip outlives publications of others, a reload and every worker", "[guard]") {
    Site site({.workers = 2});
    site.nginx.expect_log("the guard has tripped");
    arm(site.control, {.percent = 100});
    site.green.behave({.status = 500});
    auto load = visitors(site, 300);
    arm(site.control, {.percent = 90, .objective = .01});
    wait_for_trip(site.control);
    load->stop();
    const auto leaves_green = [&] {
        for (int key = 0; key < 30; ++key) {
            if (site.decided("/?key=" + std::to_string(key)).starts_with("green")) {
                return false;
            }
        }
        return true;
    };
    CHECK(leaves_green());
    site.control.apply([](table::TableImage&) {});  // a renewal of the lease, say
    CHECK(leaves_green());
    site.nginx.reload(OldWorkers::wait_until_gone);
    CHECK(leaves_green());
    for (const pid_t worker : site.nginx.worker_pids()) {
        site.nginx.kill_worker(worker, SIGKILL);
    }
    wait_until([&] { return site.nginx.worker_pids().size() == 2; }, 10s, "new workers");
    CHECK(leaves_green());
    CHECK(is_tripped(site.control));

    // Armed anew it begins with nothing.
    site.green.behave({});
    arm(site.control, {.percent = 100});
    CHECK(site.decided() == "green only");
    wait_for_ticks(site.control, 2);
    CHECK_FALSE(is_tripped(site.control));
}

TEST_CASE("the evaluating worker is killed: another one goes on where it was", "[guard]") {
    Site site({.workers = 3});
    arm(site.control, {.percent = 50});
    auto load = visitors(site, 300);
    wait_for_ticks(site.control, 5);
    const guard::State before = state_of(site.control);
    site.nginx.kill_worker(static_cast<pid_t>(before.evaluator_pid), SIGKILL);
    wait_until(
        [&] {
            const guard::State now = state_of(site.control);
            return now.evaluator_pid != before.evaluator_pid &&
                   now.evidence.ticks > before.evidence.ticks + 3;
        },
        10s, "another worker to look");
    load->stop();
    const guard::State after = state_of(site.control);
    CHECK(after.armed_unix_ns == before.armed_unix_ns);
    CHECK(after.evidence.counts.canary.done >= before.evidence.counts.canary.done);
}

TEST_CASE("in a sticky split a visitor counts once a tick, however often he fails", "[guard]") {
    Site site({.rules = "key $arg_key; sticky teal_app 1h;\n", .start = false});
    const std::string secret = site.control.directory + "/secret";
    std::ofstream(secret) << "0123456789abcdef0123456789abcdef\n";
    REQUIRE(chmod(secret.c_str(), 0600) == 0);
    site.nginx.start();
    arm(site.control, {.percent = 50});
    // One visitor on green, told by his cookie.
    HttpConnection client(site.front());
    std::string cookie;
    for (int key = 0; cookie.empty(); ++key) {
        const HttpResponse answer = client.get("/?key=" + std::to_string(key));
        if (answer.headers.get("X-Variant") == "green") {
            cookie = answer.headers.get("Set-Cookie");
            cookie = cookie.substr(0, cookie.find(';'));
        }
    }
    const std::uint64_t before = site.settled("green").watched_done;
    const std::uint64_t ticks = state_of(site.control).evidence.ticks;
    std::uint64_t requests = 0;
    while (state_of(site.control).evidence.ticks < ticks + 5) {
        REQUIRE(client.request("GET", "/", {{"Cookie", cookie}}).headers.get("X-Variant") ==
                "green");
        ++requests;
    }
    const std::uint64_t counted = site.settled("green").watched_done - before;
    const std::uint64_t passed = state_of(site.control).evidence.ticks - ticks;
    INFO(counted << " of " << requests << " in " << passed << " ticks");
    CHECK(counted >= 4);
    CHECK(counted <= passed + 1);
    CHECK(requests > 10 * passed);  // else it shows nothing
}

TEST_CASE("a lease that nobody renews gives the traffic back, unless it is to hold", "[guard]") {
    Site site;
    const auto lease = [&](std::uint64_t expires, std::uint8_t on_expiry) {
        site.control.apply([&](table::TableImage& image) {
            auto& app = *image.find("app");
            app.guard = {};
            app.guard.canary = 1;
            app.guard.lease_expires_unix_ns = expires;
            app.guard.on_lease_expiry = on_expiry;
            app.find("green")->weight_ppm = 1'000'000;
            app.find("blue")->weight_ppm = 0;
        });
    };
    lease(unix_ns_now() + 3600'000'000'000u, table::kLeaseReturns);
    CHECK(site.decided() == "green only");
    lease(unix_ns_now() + 300'000'000u, table::kLeaseReturns);
    wait_until([&] { return site.decided() == "blue expired"; }, 10s, "the lease to expire");
    CHECK(site.decided("/", {{"X-Pin", "green"}}) == "green pin");
    lease(unix_ns_now() - 1'000'000'000u, table::kLeaseHolds);
    CHECK(site.decided() == "green only");
    lease(unix_ns_now() + 3600'000'000'000u, table::kLeaseReturns);
    CHECK(site.decided() == "green only");
}
