// Deployments of the compose shop that go wrong, each in its own way: what served before serves on,
// with no failed request.
#include "tests/catch.hpp"
#include "tests/e2e/kills.hpp"
#include "tests/fixtures/small_tmpfs.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/docker_project.hpp"
#include "tests/harness/wait.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

using namespace teal;
using namespace teal::harness;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

// The shop whose version 1 serves, and the load on it.
class ServingShop {
public:
    ServingShop() {
        site.put_shop("1");
        const RunResult first = site.perform();
        INFO(first.out << first.err);
        REQUIRE(first.exit_code == 0);
        REQUIRE(site.served() == "web-1");
        pages = site.start_load("/", 100, 8);
        orders = site.start_load("/api/orders", 50, 4);
    }

    // What must hold after every failure.
    void check_still_serves(const RunResult& result, int exit_code = 3) {
        CHECK(result.exit_code == exit_code);
        pages->wait_for_more(30, 20s);
        orders->wait_for_more(15, 20s);
        CHECK(site.served() == "web-1");
        CHECK(site.served("/api/health") == "api-1");
        CHECK(site.active() == "blue");
        CHECK(pages->failed() == 0);
        CHECK(orders->failed() == 0);
    }
    // What must hold when all is over.
    void check_load() {
        pages->stop();
        orders->stop();
        INFO(pages->results().summary() << "\n" << orders->results().summary());
        CHECK(pages->results().failed() == 0);
        CHECK(orders->results().failed() == 0);
    }
    std::vector<std::string> green() const { return containers_of(site.name + "-green"); }

    ComposeSite site;
    std::unique_ptr<Load> pages;
    std::unique_ptr<Load> orders;
};

// Holds a port on loopback as another program would.
class PortHolder {
public:
    PortHolder() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* plain = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(socket_.get(), plain, size) == 0);
        REQUIRE(::listen(socket_.get(), 1) == 0);
        REQUIRE(::getsockname(socket_.get(), plain, &size) == 0);
        port_ = std::to_string(ntohs(address.sin_port));
    }
    const std::string& port() const { return port_; }

private:
    UniqueFd socket_;
    std::string port_{};
};

}  // namespace

TEST_CASE("a version that cannot serve never gets a request, whatever is wrong with it",
          "[docker]") {
    ServingShop shop;
    ComposeSite& site = shop.site;
    {
        INFO("its image cannot be built");
        site.put_shop("2");
        site.replace("Dockerfile", "COPY app/ .",
                     "COPY app/ .\nRUN echo no such compiler && false");
        const RunResult result = site.perform();
        INFO(result.out << result.err);
        shop.check_still_serves(result);
        CHECK_THAT(result.err, ContainsSubstring("phase images"));
        CHECK_THAT(result.err, ContainsSubstring("no such compiler"));
        CHECK(shop.green().empty());
    }
    {
        INFO("its pages end as they start");
        site.put_shop("3");
        site.write("app/web.py", "raise SystemExit('SHOP_COLOUR is not set')\n");
        const RunResult result = site.perform();
        INFO(result.out << result.err);
        shop.check_still_serves(result);
        CHECK_THAT(result.err, ContainsSubstring("phase health"));
        CHECK_THAT(result.out, ContainsSubstring("SHOP_COLOUR is not set"));  // its own last words
        CHECK(result.wall < 30s);         // it does not wait for what has ended
        CHECK(shop.green().size() == 4);  // kept for inspection
    }
    {
        INFO("its health check answers with 500; it is removed, as asked");
        site.put_shop("4");
        site.replace("app/service.py", "async def health(request):\n",
                     "async def health(request):\n    raise RuntimeError('out of stock')\n");
        const RunResult result = site.perform({"--timeout", "4", "--remove-failed"});
        INFO(result.out << result.err);
        shop.check_still_serves(result);
        CHECK_THAT(result.err, ContainsSubstring("phase health"));
        CHECK_THAT(result.out, ContainsSubstring("500"));
        CHECK_THAT(result.out, ContainsSubstring("out of stock"));
        CHECK(shop.green().empty());
        CHECK(containers_of(site.name).size() == 2);  // what both colors use is still there
    }
    {
        INFO("it takes longer to start than it may");
        site.put_shop("5");
        site.write("app/web.py", "import time\ntime.sleep(20)\n" + site.read("app/web.py"));
        const RunResult result = site.perform({"--timeout", "2"});
        INFO(result.out << result.err);
        shop.check_still_serves(result);
        CHECK_THAT(result.err, ContainsSubstring("phase health"));
    }
    {
        INFO("a shared service of its wants a port that another program has");
        const PortHolder holder;
        site.put_shop("6");
        site.replace("compose.yaml", "  redis:\n    build",
                     "  mail:\n    image: debian:bookworm-slim\n    command: [sleep, infinity]\n"
                     "    labels: {teal.shared: \"true\"}\n    ports: [\"127.0.0.1:" +
                         holder.port() + ":25\"]\n  redis:\n    build");
        const RunResult result = site.perform();
        INFO(result.out << result.err);
        shop.check_still_serves(result);
        CHECK_THAT(result.err, ContainsSubstring(holder.port()));
        CHECK_THAT(result.err, ContainsSubstring("address already in use") ||
                                   ContainsSubstring("already allocated"));
    }
    {
        INFO("it falls over under traffic, after the switch");
        site.put_shop("7");
        site.replace("app/web.py", "async def page(request):\n",
                     "async def page(request):\n    import os; os._exit(9)\n");
        // The smoke test asks for /health: this shop's pages are seen first by visitors.
        const RunResult result = site.perform({"--watch", "30"});
        INFO(result.out << result.err);
        shop.check_still_serves(result);
        CHECK_THAT(result.err, ContainsSubstring("switched back to blue"));
        CHECK(site.teal({"upgrade", "rollback"}).exit_code == 2);  // it is nothing to return to
    }
    {
        INFO("the disk of the deployments fills up while its image is built");
        const fixtures::SmallTmpfs disk(32 * 1024 * 1024);
        REQUIRE(disk.mounted());
        fs::copy(site.deployments, disk / "deployments", fs::copy_options::recursive);
        site.put_shop("8");
        site.write("teal.toml", "[deployment]\ndirectory = \"" + (disk / "deployments") + "\"\n");
        site.replace("Dockerfile", "COPY app/ .", "COPY app/ .\nRUN sleep 2");
        Process deployment(site.process({"upgrade", "perform", "--auto-switch"}));
        wait_until([&] { return deployment.out().find("building") != std::string::npos; }, 20s,
                   "the build");
        disk.fill();
        REQUIRE(deployment.wait(120s));
        const RunResult result{deployment.exit_code(), false, deployment.out(), deployment.err()};
        INFO(result.out << result.err);
        shop.check_still_serves(result);
        CHECK_THAT(result.err, ContainsSubstring("No space left on device"));
        // And a disk that is full from the beginning.
        const RunResult refused = site.perform();
        INFO(refused.out << refused.err);
        shop.check_still_serves(refused, 1);
        CHECK_THAT(refused.err, ContainsSubstring("0 MB free"));
        disk.free_space();
        CHECK_THAT(site.must({"upgrade", "status"}), ContainsSubstring("blue"));
        fs::remove(site.project / "teal.toml");
    }
    {
        INFO("it is slow to start, but not too slow");
        site.put_shop("9");
        site.write("app/web.py", "import time\ntime.sleep(4)\n" + site.read("app/web.py"));
        const RunResult result = site.perform({"--timeout", "60"});
        INFO(result.out << result.err);
        CHECK(result.exit_code == 0);
        CHECK(site.served() == "web-9");
        CHECK(result.wall > 4s);
    }
    shop.check_load();
    // Nobody ever saw a page of the others.
    for (const char* failed : {"web-2", "web-3", "web-4", "web-5", "web-6", "web-7", "web-8"}) {
        CHECK(shop.pages->results().count(failed) == 0);
    }
}

TEST_CASE("of two deployments of the shop at once, one is told who works and the other succeeds",
          "[docker]") {
    ServingShop shop;
    ComposeSite& site = shop.site;
    site.put_shop("2");
    Process first(site.process(
        {"upgrade", "perform", "--auto-switch", "--watch", "0.5", "--interval", "0.1"}));
    wait_until([&] { return fs::exists(site.deployments / "operation.json"); }, 20s,
               "the first deployment to be under way");
    const RunResult second = site.perform();
    INFO(second.out << second.err);
    CHECK(second.exit_code == 1);
    CHECK_THAT(second.err, ContainsSubstring("another deployment is under way"));
    CHECK_THAT(second.err, ContainsSubstring("teal upgrade perform"));
    CHECK_THAT(second.err, ContainsSubstring(std::to_string(first.pid())));
    REQUIRE(first.wait(120s));
    INFO(first.out() << first.err());
    CHECK(first.exit_code() == 0);
    CHECK(site.served() == "web-2");
    shop.check_load();
}

TEST_CASE("killed anywhere in a deployment of the shop, the next command tells the truth",
          "[docker]") {
    const int kills = e2e::wanted_kills(6);
    ServingShop shop;
    ComposeSite& site = shop.site;
    // How long one takes here: moments beyond its end would test nothing.
    site.put_shop("2");
    const RunResult measured = site.perform();
    REQUIRE(measured.exit_code == 0);
    std::mt19937 random(20261124);
    std::uniform_int_distribution<int> moment_ms(
        0, static_cast<int>(
               std::chrono::duration_cast<std::chrono::milliseconds>(measured.wall).count()));
    std::string serving = "2";
    int killed = 0;
    for (int i = 0; i < kills; ++i) {
        const std::string next = "k" + std::to_string(i);
        const auto delay = std::chrono::milliseconds(moment_ms(random));
        site.put_shop(next);
        {
            // The moment of the kill is what is varied here, not something that is waited for.
            Process victim(site.process(
                {"upgrade", "perform", "--auto-switch", "--watch", "0.3", "--interval", "0.1"}));
            if (!victim.wait(delay)) {
                victim.signal(SIGKILL);
                REQUIRE(victim.wait(10s));
                ++killed;
            }
        }
        const std::string served = site.served();
        const bool switched = served == "web-" + next;
        const std::string status = site.must({"upgrade", "status"});
        INFO("kill " << i << " after " << delay.count() << " ms: " << served << "\n" << status);
        REQUIRE((switched || served == "web-" + serving));
        CHECK(site.served("/api/health") == "api-" + served.substr(4));
        CHECK(site.active() == (shop.green().empty() ? "blue" : site.active()));
        if (status.find("interrupted") != std::string::npos) {
            CHECK((status.find("the deployment is recorded as done") != std::string::npos) ==
                  switched);
        }
        serving = next + "b";
        site.put_shop(serving);
        const RunResult result = site.perform();
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        REQUIRE(site.served() == "web-" + serving);
        CHECK_FALSE(fs::exists(site.deployments / "operation.json"));
    }
    CHECK(killed > kills / 3);
    shop.check_load();
}
