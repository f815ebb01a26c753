// What a new user runs first: `make demo`, to its end and cut short by Ctrl-C.
#include <csignal>
#include <filesystem>
#include <regex>
#include <string>

#include "tests/catch.hpp"
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
    teal::harness::wait_until([&] { return demo.out().find("== the switch") != std::string::npos; },
                              60s, "the demo to have traffic");
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
