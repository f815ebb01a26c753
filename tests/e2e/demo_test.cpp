// What a new user runs first: `make demo` and `make demo-docker`, to their ends and cut short by
// Ctrl-C.
#include <csignal>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"

namespace {

using namespace std::chrono_literals;

// The demo's private directory, as its first lines name it.
std::filesystem::path directory_in(const std::string& output) {
    std::smatch found;
    const bool named = std::regex_search(output, found, std::regex("(/[^ ]+)/run/table"));
    return named ? std::filesystem::path(found[1].str()) : std::filesystem::path();
}

}  // namespace

TEST_CASE("the demo ends with no failed request and leaves nothing behind") {
    const auto result = teal::harness::run({TEAL_DEMO_PATH}, 120s);
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
    CHECK(std::regex_search(result.out, std::regex("requests sent +[1-9][0-9]{3}")));
    CHECK(std::regex_search(result.out, std::regex("failed +0\n")));
    const std::filesystem::path directory = directory_in(result.out);
    REQUIRE_FALSE(directory.empty());
    CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("Ctrl-C in the middle of the demo stops and removes everything") {
    teal::harness::Process demo(teal::harness::ProcessOptions{.argv = {TEAL_DEMO_PATH}});
    teal::harness::wait_until(
        [&] { return demo.out().find("== the next version") != std::string::npos; }, 60s,
        "the demo to have traffic");
    const std::filesystem::path directory = directory_in(demo.out());
    REQUIRE(std::filesystem::exists(directory));
    const auto nginx = teal::harness::run({"pgrep", "-f", directory.string()});
    CHECK(nginx.exit_code == 0);  // there is something to be stopped

    REQUIRE(demo.signal(SIGINT));
    REQUIRE(demo.wait(30s));
    CHECK(demo.exit_code() == 130);
    CHECK_FALSE(std::filesystem::exists(directory));
    CHECK(teal::harness::run({"pgrep", "-f", directory.string()}).exit_code == 1);
}

namespace {

// Whatever docker has that bears the name of a demo of this process.
std::string left_of_demo(pid_t demo) {
    const std::string name = "tealdemo" + std::to_string(demo) + "x";
    std::string left;
    for (const std::vector<std::string>& list :
         {std::vector<std::string>{"ps", "-a", "--format", "{{.Names}}"},
          {"network", "ls", "--format", "{{.Name}}"},
          {"volume", "ls", "--format", "{{.Name}}"},
          {"image", "ls", "--format", "{{.Repository}}"}}) {
        std::istringstream lines(teal::harness::docker_output(list));
        for (std::string line; std::getline(lines, line);) {
            left += line.find(name) == std::string::npos ? "" : line + "\n";
        }
    }
    return left;
}

}  // namespace

TEST_CASE("the demo with docker ends with no failed request and leaves nothing behind",
          "[docker]") {
    teal::harness::need_docker_engine();
    teal::harness::Process demo(teal::harness::ProcessOptions{.argv = {TEAL_DOCKER_DEMO_PATH}});
    teal::harness::wait_until([&] { return demo.out().find("web-1") != std::string::npos; }, 240s,
                              "the first deployment");
    CHECK_FALSE(left_of_demo(demo.pid()).empty());  // there is something to be removed
    REQUIRE(demo.wait(240s));
    INFO(demo.out() << demo.err());
    CHECK(demo.exit_code() == 0);
    CHECK(std::regex_search(demo.out(), std::regex("at / answers web-1\n[^]*"
                                                   "at / answers web-2\n[^]*"
                                                   "at / answers web-1\n")));
    CHECK(std::regex_search(demo.out(), std::regex("all in all +[0-9]{3,} +0\n")));
    CHECK(left_of_demo(demo.pid()).empty());
}

TEST_CASE("Ctrl-C in the middle of the demo with docker stops and removes everything", "[docker]") {
    teal::harness::need_docker_engine();
    teal::harness::Process demo(teal::harness::ProcessOptions{.argv = {TEAL_DOCKER_DEMO_PATH}});
    teal::harness::wait_until([&] { return demo.out().find("web: creating") != std::string::npos; },
                              240s, "containers to be made");
    REQUIRE(demo.signal(SIGINT));
    REQUIRE(demo.wait(60s));
    INFO(demo.out() << demo.err());
    CHECK(demo.exit_code() == 130);
    CHECK(left_of_demo(demo.pid()).empty());
}
