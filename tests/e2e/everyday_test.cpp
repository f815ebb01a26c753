// The commands around a deployment, on a Procfile project behind a real nginx: health, urls, logs
// and status tell what is, and notice when it is not well.
#include "tests/e2e/procfile_site.hpp"

#include "tests/catch.hpp"
#include "tests/harness/wait.hpp"

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using e2e::ProcfileSite;
using nlohmann::json;

namespace {

// With a worker that may fail, and a service that both colors share.
void extend(ProcfileSite& site) {
    site.workspace.append("shop/Procfile",
                          "worker: echo worker of $VERSION; exec sleep 100000\n"
                          "cache: echo cache is up; exec sleep 100000\n");
    site.workspace.append("shop/teal.toml",
                          "[services.worker]\ncritical = false\n[services.cache]\nshared = true\n");
}

void deploy(const ProcfileSite& site) {
    const RunResult result = site.perform();
    INFO(result.out << result.err);
    REQUIRE(result.exit_code == 0);
}

json parsed(const RunResult& result) {
    INFO(result.out << result.err);
    return json::parse(result.out);
}

const json& named(const json& list, const std::string& key, const std::string& value) {
    for (const json& one : list) {
        if (one.at(key) == value) {
            return one;
        }
    }
    FAIL(value << " is not in " << list.dump());
    return list;
}

pid_t pid_of(const ProcfileSite& site, const std::string& color, const std::string& service) {
    const json health = parsed(site.teal({"health", "check", "--color", color, "--json"}));
    const json& instance = named(health.at("colors").at(0).at("instances"), "service", service);
    return static_cast<pid_t>(std::stol(instance.at("id").get<std::string>()));
}

// A process that answers nobody, without its supervisor noticing.
class Stopped {
public:
    explicit Stopped(pid_t pid) : pid_(pid) { REQUIRE(kill(pid_, SIGSTOP) == 0); }
    ~Stopped() { kill(pid_, SIGCONT); }
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;

private:
    pid_t pid_;
};

}  // namespace

TEST_CASE("before the first deployment every command says so", "[everyday]") {
    const ProcfileSite site;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"health", "check"}, {"urls"}, {"logs"}}) {
        const RunResult result = site.teal(words);
        INFO(words.front() << ": " << result.out << result.err);
        CHECK(result.exit_code == 5);
        CHECK_THAT(result.err, ContainsSubstring("nothing is deployed"));
        CHECK_THAT(result.err, ContainsSubstring("next: deploy it: teal upgrade perform"));
    }
    CHECK_THAT(site.must({"status"}), ContainsSubstring("nothing is deployed yet"));
    CHECK(site.teal({"health", "check", "--color", "gren"}).exit_code == 2);
}

TEST_CASE("health check is about the color that serves, and shows a standby", "[everyday]") {
    ProcfileSite site;
    extend(site);
    deploy(site);
    const RunResult first = site.teal({"health", "check"});
    INFO(first.out << first.err);
    CHECK(first.exit_code == 0);
    CHECK_THAT(first.out, ContainsSubstring("blue (serving): healthy"));
    CHECK_THAT(first.out, ContainsSubstring("cache 1 (shared)"));
    CHECK_THAT(first.out, ContainsSubstring("200 in "));
    CHECK_THAT(first.out, !ContainsSubstring("green"));
    CHECK_THAT(site.must({"health", "check", "--detailed"}), ContainsSubstring("127.0.0.1:"));
    CHECK(site.teal({"health", "check", "--color", "green"}).exit_code == 5);

    // The guide's manual process: perform, look, switch.
    site.write_version("v2");
    REQUIRE(site.teal({"upgrade", "perform", "--skip-health"}).exit_code == 0);
    const json both = parsed(site.teal({"health", "check", "--json"}));
    REQUIRE(both.at("colors").size() == 2);
    CHECK(both["colors"][0]["color"] == "blue");
    CHECK(both["colors"][1]["role"] == "standby");
    CHECK(both["colors"][1]["healthy"] == true);
    CHECK(both["colors"][0]["instances"][0]["answer"]["total_ms"].get<double>() > 0);
    {
        const Stopped standby(pid_of(site, "green", "web"));
        const RunResult result = site.teal({"health", "check"});
        INFO(result.out << result.err);
        CHECK(result.exit_code == 0);
        CHECK_THAT(result.out, ContainsSubstring("blue (serving): healthy"));
        CHECK_THAT(result.out, ContainsSubstring("green (standby): not healthy: web 1: "));
        CHECK(site.teal({"health", "check", "--color", "green"}).exit_code == 1);
    }
    {
        const Stopped serving(pid_of(site, "blue", "web"));
        const RunResult result = site.teal({"health", "check"});
        INFO(result.out << result.err);
        CHECK(result.exit_code == 1);
        CHECK_THAT(result.out, ContainsSubstring("blue (serving): not healthy: web 1: "));
    }
    // What serves is judged by what it was deployed with, not by files that changed since.
    site.workspace.write("shop/Procfile", "no process\n");
    const RunResult broken = site.teal({"health", "check"});
    INFO(broken.out << broken.err);
    CHECK(broken.exit_code == 0);
    CHECK_THAT(broken.err, ContainsSubstring("warning: ") && ContainsSubstring("Procfile:1"));
    REQUIRE(site.teal({"upgrade", "cleanup", "green"}).exit_code == 0);
    CHECK_THAT(site.must({"health", "check"}), !ContainsSubstring("green"));
}

TEST_CASE("urls are nginx's, and the endpoints behind them", "[everyday]") {
    ProcfileSite site;
    deploy(site);
    const std::string front = "http://127.0.0.1:" + std::to_string(site.port);
    const RunResult result = site.teal({"urls", "--json"});
    const json urls = parsed(result);
    CHECK(result.exit_code == 0);
    CHECK(urls.at("all_answer") == true);
    const json& web = named(urls.at("urls"), "service", "web");
    CHECK(web.at("url") == front + "/health");
    CHECK(web.at("known") == true);
    CHECK(web.at("answer").at("status") == 200);
    CHECK(named(urls.at("urls"), "service", "api").at("url") == front + "/api/health");
    const json& endpoint = named(urls.at("endpoints"), "instance", "web.1");
    CHECK(endpoint.at("color") == "blue");
    CHECK(endpoint.at("role") == "serving");
    CHECK(endpoint.at("in_table") == true);
    CHECK(endpoint.at("answer").at("good") == true);

    // Not remembered, it is found by trying.
    std::filesystem::remove(site.deployments / "smoke.json");
    const json tried = parsed(site.teal({"urls", "--json"}));
    CHECK(named(tried.at("urls"), "service", "web").at("url") == front + "/health");
    CHECK(named(tried.at("urls"), "service", "web").at("known") == false);
    deploy(site);

    const std::string text = site.must({"urls"});
    CHECK_THAT(text, ContainsSubstring(front + "/api/health"));
    CHECK_THAT(text, ContainsSubstring("green (serving)"));
    CHECK_THAT(text, ContainsSubstring("blue (standby)"));
    {
        const Stopped both(pid_of(site, "green", "web"));
        const RunResult down = site.teal({"urls"});
        INFO(down.out << down.err);
        CHECK(down.exit_code == 1);
        CHECK_THAT(down.out, ContainsSubstring(front + "/health"));
        CHECK_THAT(down.out, ContainsSubstring("no: "));
    }
    site.nginx->stop();
    const RunResult down = site.teal({"urls", "--json"});
    CHECK(down.exit_code == 1);
    const json gone = parsed(down);
    CHECK(named(gone.at("urls"), "service", "web").at("answer").at("good") == false);
    CHECK(named(gone.at("endpoints"), "instance", "web.1").at("answer").at("good") == true);
}

TEST_CASE("logs are those of the color that serves, by service, and follow a restart",
          "[everyday]") {
    ProcfileSite site;
    extend(site);
    deploy(site);
    const std::string all = site.must({"logs"});
    CHECK_THAT(all, ContainsSubstring("worker of v1"));
    CHECK_THAT(all, ContainsSubstring("cache is up"));
    const std::string one = site.must({"logs", "cache"});
    CHECK_THAT(one, ContainsSubstring("cache is up"));
    CHECK_THAT(one, !ContainsSubstring("worker"));
    CHECK(site.must({"logs", "--lines", "0", "worker"}).empty());
    const RunResult unknown = site.teal({"logs", "wrker"});
    CHECK(unknown.exit_code == 2);
    CHECK_THAT(unknown.err, ContainsSubstring("did you mean \"worker\"?"));
    CHECK(site.teal({"logs", "--color", "green"}).exit_code == 5);

    site.write_version("v2");
    deploy(site);
    CHECK_THAT(site.must({"logs", "worker"}), ContainsSubstring("worker of v2"));
    CHECK_THAT(site.must({"logs", "worker", "--color", "blue"}), ContainsSubstring("worker of v1"));

    Process follower(site.process({"logs", "-f", "worker"}));
    const auto lines = [&] {
        const std::string out = follower.out();
        std::size_t count = 0;
        for (std::size_t at = 0; (at = out.find("worker of v2", at)) != std::string::npos; ++at) {
            ++count;
        }
        return count;
    };
    wait_until([&] { return lines() == 1; }, 20s, "the first line");
    REQUIRE(kill(pid_of(site, "green", "worker"), SIGKILL) == 0);
    wait_until([&] { return lines() == 2; }, 20s, "the line of the worker started again");
    follower.signal(SIGINT);
    CHECK(follower.wait(10s));
}

TEST_CASE("status shows services and traffic, once or again and again", "[everyday]") {
    ProcfileSite site;
    extend(site);
    deploy(site);
    auto load = site.start_load("/", 200, 4);
    load->wait_for_more(50, 20s);
    const std::string text = site.must({"status"});
    CHECK_THAT(text, ContainsSubstring("blue serves"));
    CHECK_THAT(text, ContainsSubstring("running: 4 / 4"));
    const json status = parsed(site.teal({"status", "--json"}));
    CHECK(status.at("active") == "blue");
    CHECK(status.at("healthy") == true);
    const json& cache = named(status.at("services"), "service", "cache");
    CHECK(cache.at("shared") == true);
    CHECK(cache.at("running") == 1);
    const json& app = named(status.at("traffic").at("splits"), "split", "app");
    const json& blue = named(app.at("variants"), "variant", "blue");
    CHECK(blue.at("weight_percent") == 100);
    CHECK(blue.at("requests_per_s").get<double>() > 0);

    std::istringstream views(
        site.must({"status", "--watch", "--json", "--interval", "0.05", "--count", "3"}));
    std::uint64_t before = 0;
    int count = 0;
    for (std::string line; std::getline(views, line); ++count) {
        const json view = json::parse(line);
        CHECK(view.at("unix_ns").get<std::uint64_t>() > before);
        before = view.at("unix_ns");
        CHECK(named(view.at("services"), "service", "web").at("state") == "running");
    }
    CHECK(count == 3);
    CHECK(site.teal({"status", "--interval", "1"}).exit_code == 2);  // without --watch
    CHECK(site.teal({"status", "--watch", "--interval", "0"}).exit_code == 2);

    Process watch(site.process({"status", "--watch", "--interval", "3600"}));
    wait_until([&] { return watch.out().find("blue serves") != std::string::npos; }, 20s,
               "the first view");
    watch.signal(SIGINT);
    REQUIRE(watch.wait(10s));
    CHECK(watch.exit_code() == 0);
    load->stop();
    CHECK(load->results().failed() == 0);

    // What is broken is told, and the rest with it.
    site.workspace.write("run/table", "no table");
    const RunResult broken = site.teal({"status"});
    INFO(broken.out << broken.err);
    CHECK(broken.exit_code == 0);
    CHECK_THAT(broken.out, ContainsSubstring("warning: "));
}
