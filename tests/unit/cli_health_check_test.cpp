// When a color counts as healthy, on a stack, answers and a clock of the test's own.
#include "cli/health/health_check.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/fake_stack.hpp"

#include <algorithm>
#include <map>

using namespace teal::cli;
using Catch::Matchers::ContainsSubstring;
using teal::fixtures::FakeStack;
using teal::fixtures::instance_in;
using teal::fixtures::running_instance;
using teal::fixtures::ToldProgress;

namespace {

ProbeAnswer good() {
    return {.good = true, .status = 200};
}
ProbeAnswer bad(std::uint32_t status) {
    return {.status = status, .problem = "status " + std::to_string(status)};
}
ProbeAnswer refused() {
    return {.problem = "connection refused"};
}

// A shop of two webs behind nginx and a worker. Time passes only in pauses.
struct Shop {
    FakeStack stack;
    ToldProgress progress;
    HealthOptions options;
    double now_s = 0.0;
    std::vector<Instance> instances{running_instance("web", 1, "10.0.0.1:3000"),
                                    running_instance("web", 2, "10.0.0.2:3000"),
                                    running_instance("worker", 1)};
    std::function<void()> as_time_passes;
    std::function<ProbeAnswer(const ProbeTarget&)> answer = [](const ProbeTarget&) {
        return good();
    };
    std::map<std::string, std::vector<double>> asked_at;
    std::vector<double> timeouts;

    Shop() {
        stack.fake_definition.services = {
            {.name = "web", .entry = Entry{.split = "app", .port = 3000}, .replicas = 2},
            {.name = "worker"},
            {.name = "mailer", .critical = false}};
        stack.fake_instances = [this](Color) { return instances; };
        options.now = [this] {
            return std::chrono::steady_clock::time_point{} +
                   std::chrono::microseconds(std::llround(now_s * 1e6));
        };
        options.pause = [this](std::chrono::nanoseconds pause) {
            now_s += static_cast<double>(pause.count()) / 1e9;
            if (as_time_passes) {
                as_time_passes();
            }
        };
        options.ask = [this](const std::vector<ProbeTarget>& targets) {
            std::vector<ProbeAnswer> answers;
            for (const ProbeTarget& target : targets) {
                asked_at[target.name].push_back(now_s);
                timeouts.push_back(target.timeout_s);
                answers.push_back(answer(target));
            }
            return answers;
        };
    }
    HealthReport wait() { return wait_until_healthy(stack, Color::green, options, progress); }
};

}  // namespace

TEST_CASE("a color is healthy when every replica answered several times in a row") {
    Shop shop;
    const HealthReport report = shop.wait();
    CHECK(report.healthy);
    CHECK(report.problem.empty());
    CHECK_FALSE(report.timed_out);
    CHECK(shop.asked_at["web 1"].size() == 2);
    CHECK(shop.asked_at["web 2"].size() == 2);
    CHECK(report.seconds == Catch::Approx(0.25));  // not an interval of two seconds
    CHECK(shop.progress.has("service web: healthy 2 of 2"));
    CHECK(shop.progress.has("service worker: healthy 1 of 1"));
}

TEST_CASE("an interval below a quarter of a second holds between good answers too") {
    Shop shop;
    shop.options.interval_s = 0.1;
    shop.options.successes = 4;
    CHECK(shop.wait().seconds == Catch::Approx(0.3));
}

TEST_CASE("an answer that comes and goes is not healthy") {
    Shop shop;
    shop.options.timeout_s = 20;
    int asked = 0;
    shop.answer = [&](const ProbeTarget& target) {
        return target.name == "web 2" && ++asked % 2 == 0 ? bad(503) : good();
    };
    const HealthReport report = shop.wait();
    CHECK_FALSE(report.healthy);
    CHECK(report.timed_out);
    CHECK(report.seconds == Catch::Approx(20).margin(0.5));
    CHECK_THAT(report.problem, ContainsSubstring("web 2: "));
    CHECK(report.problem.find("web 1") == std::string::npos);
    CHECK(report.instances[1].last_lines == "web.2: a last line\n");
    CHECK(report.instances[0].last_lines.empty());
}

TEST_CASE("a wrong answer is asked again after the interval, a closed port sooner") {
    Shop shop;
    shop.options.timeout_s = 6;
    shop.answer = [](const ProbeTarget& target) {
        return target.name == "web 1" ? bad(500) : refused();
    };
    const HealthReport report = shop.wait();
    CHECK(report.problem == "web 1: status 500; web 2: connection refused");
    CHECK(shop.asked_at["web 1"].size() == 4);  // at 0, 2, 4 and 6
    CHECK(shop.asked_at["web 2"].size() >= 12);
    for (const double timeout : shop.timeouts) {
        CHECK(timeout <= 5.0);
    }
}

TEST_CASE("an instance that starts slowly is seen soon after it is there") {
    Shop shop;
    shop.options.interval_s = 5;
    shop.instances[0] = instance_in(InstanceState::starting, "web", 1, "starting");
    shop.instances[1] = instance_in(InstanceState::missing, "web", 2, "");
    shop.as_time_passes = [&] {
        if (shop.now_s >= 10.0) {
            shop.instances[0] = running_instance("web", 1, "10.0.0.1:3000");
            shop.instances[1] = running_instance("web", 2, "10.0.0.2:3000");
        }
    };
    const HealthReport report = shop.wait();
    CHECK(report.healthy);
    CHECK(report.seconds < 11.0);
    CHECK(shop.progress.has("service web: healthy 0 of 2, starting"));
}

TEST_CASE("a replica that never comes is named at the end of the time") {
    Shop shop;
    shop.options.timeout_s = 3;
    shop.instances[1] = instance_in(InstanceState::missing, "web", 2, "");
    const HealthReport report = shop.wait();
    CHECK(report.timed_out);
    CHECK(report.problem == "web 2: missing");
    CHECK(report.seconds == Catch::Approx(3));
}

TEST_CASE("docker's own health check is waited for") {
    Shop shop;
    shop.options.timeout_s = 10;
    shop.instances[2].healthy = false;
    shop.instances[2].detail = "unhealthy";
    SECTION("for ever") {
        CHECK(shop.wait().problem == "worker 1: unhealthy");
    }
    SECTION("until it passes") {
        shop.as_time_passes = [&] { shop.instances[2].healthy = shop.now_s >= 4.0; };
        const HealthReport report = shop.wait();
        CHECK(report.healthy);
        CHECK(report.seconds == Catch::Approx(4).margin(0.6));
    }
}

TEST_CASE("an instance that has exited ends the wait at once, with its log") {
    Shop shop;
    shop.instances[2] = instance_in(InstanceState::exited, "worker", 1, "exited with 1");
    const HealthReport report = shop.wait();
    CHECK_FALSE(report.healthy);
    CHECK_FALSE(report.timed_out);
    CHECK(report.seconds < 0.1);
    CHECK_THAT(report.problem, ContainsSubstring("worker 1: exited with 1"));
    CHECK(report.instances[2].hopeless);
    CHECK(report.instances[2].last_lines == "worker.1: a last line\n");
}

TEST_CASE("a job that has ended well is done; an entry that has ended never is") {
    Shop shop;
    shop.instances[2] = instance_in(InstanceState::exited, "worker", 1, "exited with 0");
    CHECK(shop.wait().healthy);
    shop.instances[0] = instance_in(InstanceState::exited, "web", 1, "exited with 0");
    const HealthReport report = shop.wait();
    CHECK_FALSE(report.healthy);
    CHECK_THAT(report.problem, ContainsSubstring("web 1: exited with 0"));
}

TEST_CASE("starting again and again ends the wait, once or twice does not") {
    Shop shop;
    int starts = 0;
    int limit = 2;
    shop.as_time_passes = [&] {
        if (starts < limit) {
            ++starts;
            ++shop.instances[2].started_unix_s;
            shop.instances[2].id = "another" + std::to_string(starts);  // as processes have it
            shop.instances[2].healthy = false;
        } else {
            shop.instances[2].healthy = true;
        }
    };
    SECTION("twice") {
        CHECK(shop.wait().healthy);
    }
    SECTION("for ever") {
        limit = 1000;
        shop.instances[2].healthy = false;
        const HealthReport report = shop.wait();
        CHECK_FALSE(report.healthy);
        CHECK_FALSE(report.timed_out);
        CHECK(report.seconds < 10.0);
        CHECK_THAT(report.problem, ContainsSubstring("worker 1: starts again and again"));
    }
    SECTION("counted by docker, between looks that are far apart") {
        limit = 0;
        shop.instances[2].restarts = 3;  // before the first look
        shop.as_time_passes = [&] {
            ++shop.instances[2].restarts;
            shop.instances[2].healthy = false;
        };
        const HealthReport report = shop.wait();
        CHECK_FALSE(report.healthy);
        CHECK_FALSE(report.timed_out);
        CHECK_THAT(report.problem, ContainsSubstring("worker 1: starts again and again"));
    }
    SECTION("counted by docker long ago") {
        limit = 0;
        shop.instances[2].restarts = 40;
        shop.instances[2].healthy = false;
        int looks = 0;
        shop.as_time_passes = [&] {
            ++looks;
            shop.instances[2].restarts = 41;
            shop.instances[2].healthy = looks > 10;
        };
        CHECK(shop.wait().healthy);
    }
    SECTION("seen by docker's word alone") {
        limit = 0;
        bool restarting = false;
        shop.as_time_passes = [&] {
            restarting = !restarting;
            shop.instances[2] =
                restarting ? instance_in(InstanceState::starting, "worker", 1, "restarting")
                           : running_instance("worker", 1);
            shop.instances[2].healthy = false;
        };
        shop.instances[2].healthy = false;
        const HealthReport report = shop.wait();
        CHECK_FALSE(report.timed_out);
        CHECK_THAT(report.problem, ContainsSubstring("again and again"));
    }
}

TEST_CASE("a replaced instance has to answer anew") {
    Shop shop;
    shop.options.successes = 3;
    shop.as_time_passes = [&] {
        if (shop.now_s >= 0.4 && shop.instances[0].id == "web1") {
            shop.instances[0].id = "its successor";
        }
    };
    CHECK(shop.wait().healthy);
    CHECK(shop.asked_at["web 1"].size() == 5);
}

TEST_CASE("nobody waits for a service that is not critical, but it is told") {
    Shop shop;
    shop.instances.push_back(instance_in(InstanceState::exited, "mailer", 1, "exited with 1"));
    const HealthReport report = shop.wait();
    CHECK(report.healthy);
    REQUIRE(report.tolerated().size() == 1);
    CHECK(report.tolerated().front()->problem == "exited with 1");
}

TEST_CASE("a docker that is away for a while is waited for") {
    Shop shop;
    shop.options.timeout_s = 10;
    const std::function<std::vector<Instance>(Color)> present = shop.stack.fake_instances;
    double back_at = 4.0;
    shop.stack.fake_instances = [&](Color color) {
        if (shop.now_s < back_at) {
            throw failure("docker: cannot connect", "start it");
        }
        return present(color);
    };
    SECTION("back in time") {
        CHECK(shop.wait().healthy);
        CHECK(std::count(shop.progress.lines.begin(), shop.progress.lines.end(),
                         "warning docker: cannot connect") == 1);
    }
    SECTION("not back in time") {
        back_at = 100.0;
        const HealthReport report = shop.wait();
        CHECK(report.timed_out);
        CHECK(report.problem == "docker: cannot connect");
    }
}

TEST_CASE("nothing deployed is not healthy") {
    Shop shop;
    shop.options.timeout_s = 1;
    shop.instances.clear();
    CHECK(shop.wait().problem == "nothing is deployed as green");
}

TEST_CASE("a job that has done its work is healthy, one that failed is not") {
    for (const char* done : {"completed", "exited with 0"}) {
        CHECK(instance_problem(instance_in(InstanceState::exited, "migrate", 1, done), false) ==
              "");
        CHECK(instance_problem(instance_in(InstanceState::exited, "web", 1, done), true) == done);
    }
    CHECK(instance_problem(instance_in(InstanceState::exited, "migrate", 1, "exited with 1"),
                           false) == "exited with 1");
}

TEST_CASE("what is checked is what the given definition says") {
    Shop shop;
    StackDefinition then = shop.stack.fake_definition;
    then.services[0].entry->probe.path = "/then";
    std::string path;
    shop.options.ask = [&](const std::vector<ProbeTarget>& targets) {
        path = targets.at(0).spec.path;
        return std::vector<ProbeAnswer>(targets.size(), good());
    };
    CHECK(check_health(shop.stack, then, Color::green, WithShared::no, 5.0, shop.options.ask)
              .healthy);
    CHECK(path == "/then");
}

TEST_CASE("one look tells of every instance, shared ones too") {
    Shop shop;
    shop.stack.fake_definition.services.push_back({.name = "db", .shared = true});
    shop.stack.fake_shared = {running_instance("db", 1)};
    HealthReport report =
        check_health(shop.stack, Color::green, WithShared::yes, 5.0, shop.options.ask);
    CHECK(report.healthy);
    CHECK(report.instances.size() == 4);
    CHECK(report.instances.back().shared);
    CHECK(shop.asked_at["web 1"].size() == 1);

    shop.stack.fake_shared = {instance_in(InstanceState::exited, "db", 1, "exited with 137")};
    shop.answer = [](const ProbeTarget& target) {
        return target.name == "web 1" ? bad(503) : good();
    };
    report = check_health(shop.stack, Color::green, WithShared::yes, 5.0, shop.options.ask);
    CHECK(report.problem == "web 1: status 503; db 1: exited with 137");
    report = check_health(shop.stack, Color::green, WithShared::no, 5.0, shop.options.ask);
    CHECK(report.problem == "web 1: status 503");
    // Shared services alone are no deployment.
    shop.instances.clear();
    report = check_health(shop.stack, Color::green, WithShared::yes, 5.0, shop.options.ask);
    CHECK(report.problem == "nothing is deployed as green");
}
