// Switching live traffic: at the next request, in every worker, provably, and nobody notices.
#include <pwd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/harness/idle_connections.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

using namespace teal;
using namespace teal::integration;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

struct Sides {
    std::string from;
    std::string to;
};

Sides sides_of(int switch_number) {
    return switch_number % 2 == 0 ? Sides{"blue", "green"} : Sides{"green", "blue"};
}

// Takes every inotify instance a user may have; they stay taken while the object lives. A thread
// changes its own user for that: the limit belongs to the user, not to the machine.
class NoInotifyLeft {
public:
    explicit NoInotifyLeft(uid_t user) {
        std::thread([&] {
            ::syscall(SYS_setresuid, -1, user, -1);
            for (int i = 0; i < 100'000; ++i) {
                UniqueFd instance(::inotify_init1(IN_CLOEXEC));
                if (!instance) {
                    exhausted_ = errno == EMFILE;
                    break;
                }
                instances_.push_back(std::move(instance));
            }
        }).join();
    }
    bool exhausted() const { return exhausted_; }

private:
    std::vector<UniqueFd> instances_;
    bool exhausted_ = false;
};

}  // namespace

TEST_CASE("after a switch is proven no request is decided for the old variant, and none fails",
          "[switching]") {
    Site site({.workers = 2});
    Load load({.target = site.front(), .connections = 32, .path = "/?key={n}"});
    load.start();
    load.wait_for_more(500, 20s);
    std::uint64_t late = 0;
    for (int i = 0; i < 200; ++i) {
        const auto [from, to] = sides_of(i);
        site.control.set("app", {{from, 0}, {to, 100}});
        const auto proven = site.control.counts("app", from).decided;
        load.wait_for_more(40, 20s);
        late += site.control.counts("app", from).decided - proven;
    }
    load.stop();
    const auto results = load.results();
    INFO(results.summary());
    CHECK(late == 0);
    CHECK(results.failed() == 0);
    CHECK(results.count("blue") > 1000);
    CHECK(results.count("green") > 1000);
    // What was counted is what was sent, over both workers.
    const auto blue = site.settled("blue");
    const auto green = site.settled("green");
    CHECK(blue.decided + green.decided == results.total());
    CHECK(blue.decided == results.count("blue"));
    CHECK(blue.status_2xx + green.status_2xx == results.total());
    CHECK(site.blue.requests() == blue.started - blue.connect_errors);
}

TEST_CASE("a check that misses late decisions would be worth nothing", "[switching]") {
    // The same check without waiting for the proof sees requests of the old variant.
    Site site({.workers = 2});
    Load load({.target = site.front(), .connections = 32, .path = "/?key={n}"});
    load.start();
    load.wait_for_more(200, 20s);
    std::uint64_t late = 0;
    for (int i = 0; i < 2000 && late == 0; ++i) {
        const auto [from, to] = sides_of(i);
        const auto before = site.control.counts("app", from).decided;
        load.wait_for_more(10, 20s);
        site.control.publish([&](table::TableImage& image) {
            image.find("app")->find(from)->weight_ppm = 0;
            image.find("app")->find(to)->weight_ppm = 1'000'000;
        });
        late += site.control.counts("app", from).decided - before;
    }
    load.stop();
    CHECK(late > 0);
    CHECK(load.failed() == 0);
}

TEST_CASE("1 000 idle connections and 50 WebSockets live through 200 switches", "[switching]") {
    Site site({.workers = 2});
    IdleConnections connections(site.front(), 1000);
    IdleWebSockets sockets(site.front(), 50);
    for (int i = 0; i < 200; ++i) {
        const auto [from, to] = sides_of(i);
        site.control.set("app", {{from, 0}, {to, 100}});
    }
    CHECK(connections.broken() == 0);
    CHECK(sockets.broken() == 0);
    CHECK(counters::in_flight(site.control.counts("app", "blue")) == 50);
    CHECK(sockets.close() == 0);
    CHECK(site.settled("blue").status_1xx == 50);
}

TEST_CASE("idle workers apply publications at once, without a request", "[switching]") {
    Site site({.workers = 4});
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 60; ++i) {
        const auto [from, to] = sides_of(i);
        site.control.set("app", {{from, 0}, {to, 100}});
    }
    // Their timer looks once a second: sixty in ten seconds is the bell's work.
    CHECK(std::chrono::steady_clock::now() - start < 10s);
    CHECK(site.blue.requests() + site.green.requests() == 0);
}

TEST_CASE("without inotify idle workers still apply, by a timer, and say so", "[switching]") {
    const passwd* user = ::getpwnam("games");
    if (::geteuid() != 0 || user == nullptr) {
        WARN("not root: cannot run nginx as a user without inotify instances");
        return;
    }
    NoInotifyLeft exhausted(user->pw_uid);
    REQUIRE(exhausted.exhausted());
    Site site({.workers = 2, .user = "games"});
    for (int i = 0; i < 10; ++i) {
        const auto [from, to] = sides_of(i);
        site.control.set("app", {{from, 0}, {to, 100}});
        CHECK(site.decided() == to + " only");
    }
    CHECK(site.nginx.log().lines_with("inotify_init1() failed").size() == 2);
}

TEST_CASE("a directory that appears after nginx started is found", "[switching]") {
    Site site({.start = false, .publish = false});
    const std::string later = site.control.directory + "/later";
    const std::string made = site.control.table;
    std::string text = site.config({});
    text.replace(text.find(made), made.size(), later + "/table");
    site.nginx.edit_config("teal_counters " + site.control.counters + ";\n" + text);
    site.nginx.start();
    CHECK(site.decided() == "blue default");
    std::filesystem::create_directory(later);
    ::chmod(later.c_str(), 0755);
    site.control.table = later + "/table";
    site.control.saved = later + "/table.saved";
    table::create_table(site.control.table, 4);
    publish_app(site.control, site.blue.address(), site.green.address());
    site.control.wait_applied(1);
    CHECK(site.decided() == "blue only");
    site.control.set("app", {{"blue", 0}, {"green", 100}});
    CHECK(site.decided() == "green only");
}
