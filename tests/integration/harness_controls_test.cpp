// Negative controls: each check of the harness is shown to fire on what it exists to find.
#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/harness/backend.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/process_table.hpp"
#include "tests/harness/wait.hpp"

using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

LoadResults load_against(const std::string& address, LoadOptions options) {
    options.target = address;
    Load load(std::move(options));
    load.start();
    load.wait_for_more(20, 10s);
    load.stop();
    return load.results();
}

}  // namespace

TEST_CASE("the log check finds alerts, crashes and sanitizer findings, and spares the rest",
          "[harness][control]") {
    Workspace workspace;
    NginxLog log(workspace.path("error.log"), workspace.path("asan"));
    CHECK(log.offences().empty());
    workspace.append("error.log",
                     "2026/01/01 [notice] 1#1: start worker process 2\n"
                     "2026/01/01 [error] 2#2: *1 connect() failed (111: Connection refused)\n");
    CHECK(log.offences().empty());
    workspace.append("error.log",
                     "2026/01/01 [alert] 1#1: *7 open socket #9 left in connection 3\n"
                     "2026/01/01 [alert] 1#1: worker process 2 exited on signal 11\n"
                     "2026/01/01 [emerg] 1#1: bind() to 127.0.0.1:80 failed\n"
                     "x.cpp:3: runtime error: signed integer overflow\n");
    workspace.write("asan.123", "==123==ERROR: AddressSanitizer: heap-use-after-free\n");
    CHECK(log.offences().size() == 5);
    log.expect("exited on signal 11$");
    CHECK(log.offences().size() == 4);
}

TEST_CASE("a worker killed behind the harness's back fails the test", "[harness][control]") {
    std::vector<std::string> reported;
    {
        Workspace workspace;
        NginxServer nginx(workspace, {.load_module = false});
        nginx.start();
        const auto worker = nginx.worker_pids().at(0);
        ::kill(worker, SIGKILL);  // a sanitizer would answer SIGSEGV with a report of its own
        wait_until([&] { return !nginx.log().lines_with("exited on signal 9").empty(); }, 5s,
                   "nginx has noticed the death");
        reported = nginx.finish();
    }
    REQUIRE(reported.size() == 1);
    CHECK_THAT(reported[0], Catch::Matchers::ContainsSubstring("exited on signal 9"));
}

TEST_CASE("a request on its way to a connection that is closed as idle is sent again, once",
          "[harness][control]") {
    std::atomic<unsigned> requests{0};
    unsigned cut_every = 0;
    const BackendHandler cut_some = [&](const MessageParser&, Behaviour& behaviour) {
        if (++requests % cut_every != 0) {
            return false;
        }
        behaviour.manner = Manner::close;
        return true;
    };
    Backend backend({.name = "blue", .handler = cut_some});
    LoadOptions options{.target = backend.address(), .connections = 1};
    SECTION("kept connections of a server that may close them") {
        cut_every = 3;
        options.sends_again = true;
        const auto results = load_against(backend.address(), options);
        CHECK(results.failed() == 0);
        CHECK(requests > results.total());
    }
    SECTION("of one that may not") {
        cut_every = 3;
        CHECK(load_against(backend.address(), options).count(LoadFailure::closed) > 0);
    }
    SECTION("a connection that never answered") {
        cut_every = 1;
        options.sends_again = true;
        const auto results = load_against(backend.address(), options);
        CHECK(results.count(LoadFailure::closed) == results.total());
    }
}

TEST_CASE("each way an answer can fail is counted as what it is", "[harness][control]") {
    Backend backend("blue");
    const auto address = backend.address();

    SECTION("none") {
        const auto results = load_against(address, {.target = address, .connections = 4});
        CHECK(results.failed() == 0);
        CHECK(results.count("blue") == results.total());
    }
    SECTION("reset") {
        backend.behave({.manner = Manner::reset});
        const auto results = load_against(address, {.target = address, .connections = 4});
        CHECK(results.count(LoadFailure::reset) == results.total());
    }
    SECTION("closed") {
        backend.behave({.manner = Manner::close});
        const auto results = load_against(address, {.target = address, .connections = 4});
        CHECK(results.count(LoadFailure::closed) == results.total());
    }
    SECTION("short body") {
        backend.behave({.body = "0123456789", .manner = Manner::half});
        const auto results = load_against(address, {.target = address, .connections = 4});
        CHECK(results.count(LoadFailure::short_body) == results.total());
    }
    SECTION("timeout") {
        backend.behave({.manner = Manner::hang});
        const auto results =
            load_against(address, {.target = address, .connections = 10, .timeout = 50ms});
        CHECK(results.count(LoadFailure::timeout) == results.total());
    }
    SECTION("status") {
        backend.behave({.status = 503});
        const auto results = load_against(address, {.target = address, .connections = 4});
        CHECK(results.count(LoadFailure::status) == results.total());
        CHECK(results.count("blue") == results.total());
    }
    SECTION("connect") {
        backend.stop();
        const auto results = load_against(address, {.target = address, .connections = 4});
        CHECK(results.count(LoadFailure::connect) == results.total());
    }
    SECTION("idle cut") {
        Load load({.target = address, .connections = 4, .rate = 100});
        load.start();
        load.wait_for_more(20, 5s);
        backend.stop();
        wait_until([&] { return load.results().count(LoadFailure::idle_cut) > 0; }, 5s,
                   "the load has noticed its cut connections");
    }
}

TEST_CASE("a connection that the server announced to close is no failure", "[harness][control]") {
    Backend backend("blue");
    backend.behave({.fields = {{"Connection", "close"}}});
    const auto results =
        load_against(backend.address(), {.target = backend.address(), .connections = 4});
    CHECK(results.failed() == 0);
    CHECK(results.total() >= 20);
}

TEST_CASE("the load keeps its rate and counts latency from when a request was due",
          "[harness][control]") {
    Backend backend("blue");
    backend.behave({.delay = 20ms});
    // One connection serves 50 a second at 20 ms each; asked for 200, the queue must show.
    Load load({.target = backend.address(), .connections = 1, .rate = 200});
    load.start();
    load.wait_for_more(20, 10s);
    load.stop();
    CHECK(load.results().latency_us(0.05) >= 19'000);
    CHECK(load.results().latency_us(1.0) >= 200'000);
}

TEST_CASE("processes are timed, captured, refused and ended", "[harness][control]") {
    const auto spoken = run({"sh", "-c", "echo out; echo err >&2; exit 7"});
    CHECK(spoken.exit_code == 7);
    CHECK(spoken.out == "out\n");
    CHECK(spoken.err == "err\n");
    CHECK(spoken.wall > 0us);
    CHECK(run(ProcessOptions{.argv = {"cat"}, .input = "in"}).out == "in");
    CHECK(run({"sh", "-c", "kill -TERM $$"}).exit_code == 128 + SIGTERM);
    CHECK(run({"sleep", "20"}, 50ms).timed_out);
    CHECK_THROWS_AS(run({"/nowhere/to/be/found"}), std::system_error);
    pid_t pid = 0;
    {
        Process process({.argv = {"sleep", "60"}});
        pid = process.pid();
        CHECK(process.running());
    }
    CHECK_FALSE(process_running(pid));
}

TEST_CASE("waiting gives up at its deadline and says for what", "[harness][control]") {
    CHECK_THROWS_WITH(wait_until([] { return false; }, 10ms, "the sun rises"),
                      Catch::Matchers::ContainsSubstring("the sun rises"));
    CHECK_FALSE(becomes_true([] { return false; }, 0ms));
}

TEST_CASE("addresses of other machines are refused", "[harness][control]") {
    CHECK_THROWS_AS(Endpoint("10.0.0.1:80"), std::invalid_argument);
    CHECK_THROWS_AS(Endpoint("example.org:80"), std::invalid_argument);
    CHECK_THROWS_AS(Endpoint("127.0.0.1:0"), std::invalid_argument);
}
