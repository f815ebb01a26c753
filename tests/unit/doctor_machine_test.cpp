// What doctor finds on the machine: kernel, clock, memory, nginx's program and its module, ports.
#include "cli/diagnosis/host_checks.hpp"
#include "cli/diagnosis/nginx_program.hpp"
#include "cli/diagnosis/port_listeners.hpp"
#include "cli/diagnosis/project_checks.hpp"
#include "cli/stack/compose/project_definition.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"
#include "tests/unit/cli_simulated_nginx.hpp"
#include "tests/unit/compose_project.hpp"
#include "tests/unit/findings_text.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace teal;
using Catch::Matchers::ContainsSubstring;
using tests::SimulatedNginx;
using tests::text_of;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kNoon = 1'795'521'600 * kSecond;
constexpr char kRules[] = "key $remote_addr\npin $http_x_teal_variant\ndefault blue\n";

template <typename Check>
std::string found_by(Check check) {
    cli::Findings findings;
    check(findings);
    return text_of(findings);
}

std::string clock_of(const cli::ClockFacts& clock) {
    return found_by([&](cli::Findings& findings) { cli::check_clock(clock, findings); });
}

std::string built_module() {
    const char* named = std::getenv("TEAL_MODULE_PATH");
    return named != nullptr ? named : TEAL_MODULE_PATH;
}

// A port of this process's, on loopback.
class Listening {
public:
    Listening() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(bind(descriptor_, generic, length) == 0);
        REQUIRE(listen(descriptor_, 1) == 0);
        REQUIRE(getsockname(descriptor_, generic, &length) == 0);
        port = ntohs(address.sin_port);
    }
    ~Listening() { close(descriptor_); }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

    std::uint32_t port = 0;

private:
    int descriptor_;
};

}  // namespace

TEST_CASE("a kernel is judged by its version") {
    const auto check = [](const std::string& release) {
        return found_by([&](cli::Findings& findings) { cli::check_kernel(release, findings); });
    };
    CHECK_THAT(check("6.1.0-28-amd64"), ContainsSubstring("ok kernel"));
    CHECK_THAT(check("4.19.0"), ContainsSubstring("warning kernel"));
    CHECK_THAT(check("3.10.0-1160.el7"), ContainsSubstring("problem kernel"));
    CHECK_THAT(check("plan9"), ContainsSubstring("warning kernel"));
}

TEST_CASE(
    "a clock behind what was written down is a problem, one without a time server a warning") {
    cli::ClockFacts clock;
    clock.now_unix_ns = kNoon;
    clock.program_unix_ns = kNoon - 5 * kSecond;
    clock.recorded_unix_ns = kNoon + 5 * kSecond;  // within what machines differ
    clock.recorded = "the last entry of the history";
    clock.synchronized = true;
    CHECK_THAT(clock_of(clock), ContainsSubstring("ok clock") && ContainsSubstring("synchronized"));
    clock.synchronized = false;
    CHECK_THAT(clock_of(clock), ContainsSubstring("warning clock"));
    clock.synchronized = std::nullopt;
    CHECK_THAT(clock_of(clock), ContainsSubstring("ok clock"));
    clock.program_unix_ns = kNoon + 3600 * kSecond;
    CHECK_THAT(clock_of(clock), ContainsSubstring("problem clock") &&
                                    ContainsSubstring("before this program was installed"));
    clock.recorded_unix_ns = kNoon + 3600 * kSecond;
    CHECK_THAT(clock_of(clock), ContainsSubstring("before the last entry of the history"));
    CHECK(cli::ask_clock().now_unix_ns > kSecond);
    CHECK(cli::ask_clock().program_unix_ns > 0);
}

TEST_CASE("a table on a disk is a warning") {
    const auto check = [](const std::string& table) {
        return found_by([&](cli::Findings& findings) { cli::check_table_memory(table, findings); });
    };
    CHECK_THAT(check("/proc/table"), ContainsSubstring("warning memory"));
    CHECK(check("/nowhere/at/all/table").empty());
    if (access("/dev/shm", W_OK) == 0) {
        CHECK_THAT(check("/dev/shm/table"), ContainsSubstring("ok memory"));
    }
}

TEST_CASE("teal-probe must be there") {
    const auto check = [] {
        return found_by([](cli::Findings& findings) { cli::check_probe_program(findings); });
    };
    const char* set = std::getenv("TEAL_PROBE");
    const std::string before = set == nullptr ? "" : set;
    setenv("TEAL_PROBE", TEAL_PROBE_PATH, 1);
    CHECK_THAT(check(), ContainsSubstring("ok probe"));
    unsetenv("TEAL_PROBE");
    CHECK_THAT(check(), ContainsSubstring("problem probe"));  // not beside the tests
    if (!before.empty()) {
        setenv("TEAL_PROBE", before.c_str(), 1);
    }
}

TEST_CASE("what nginx -V says is read") {
    const cli::NginxProgram debian = cli::parse_nginx_build(
        "/usr/sbin/nginx",
        "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3\nconfigure arguments: "
        "--prefix=/usr/share/nginx --modules-path=/usr/lib/nginx/modules --with-compat\n");
    CHECK(debian.version == "1.22.1");
    CHECK(debian.modules_path == "/usr/lib/nginx/modules");
    const cli::NginxProgram own = cli::parse_nginx_build(
        "/opt/nginx/sbin/nginx",
        "nginx version: nginx/1.29.0 (Ubuntu)\nconfigure arguments: --prefix=/opt/nginx\n");
    CHECK(own.version == "1.29.0");
    CHECK(own.modules_path == "/opt/nginx/modules");
}

TEST_CASE("nginx itself says whether it can load the module") {
    const cli::NginxProgram program = cli::find_nginx_program();
    REQUIRE_FALSE(program.path.empty());
    const fixtures::TemporaryDirectory directory;
    const std::string text = directory / "ngx_http_teal_module.so";
    std::ofstream(text) << "ngx_http_teal_module, but a text\n";
    CHECK(cli::loading_problem(program, built_module()).empty());
    CHECK_THAT(cli::loading_problem(program, text), ContainsSubstring("dlopen()"));
    CHECK_THAT(cli::loading_problem(program, directory / "none.so"), ContainsSubstring("dlopen()"));

    const cli::NginxView nobody(directory / "counters");
    const auto check = [&](const std::string& module, const cli::NginxProgram& by) {
        return found_by([&](cli::Findings& findings) {
            cli::check_nginx_program(by, module, nobody, findings);
        });
    };
    CHECK_THAT(check(built_module(), program),
               ContainsSubstring("ok module") && !ContainsSubstring("problem"));
    CHECK_THAT(check(text, program), ContainsSubstring("problem module"));
    cli::NginxProgram bare = program;
    bare.modules_path = directory.path() + "/modules";
    CHECK_THAT(check("", bare), ContainsSubstring("problem module: nginx without the module") &&
                                    ContainsSubstring("make install"));
    CHECK_THAT(check("", {}), ContainsSubstring("problem nginx: there is no nginx command"));
}

TEST_CASE("an nginx that runs without the module, or on another table, is named with its pid") {
    const fixtures::TemporaryDirectory directory;
    const std::string table = directory / "table";
    const std::vector<cli::NginxMaster> without = {{4711, false}, {4712, std::nullopt}};
    const auto check = [&](const std::vector<cli::NginxMaster>& masters) {
        const cli::NginxView nginx(directory / "counters");
        return found_by(
            [&](cli::Findings& findings) { cli::check_masters(masters, nginx, table, findings); });
    };
    CHECK_THAT(check(without), ContainsSubstring("problem nginx: nginx without the module is "
                                                 "running: pid 4711 -> put \"load_module"));
    CHECK_THAT(check({{4711, false}, {4713, true}}),
               ContainsSubstring("runs with the module, but not on " + table + ": pid 4713"));
    CHECK_THAT(check({{4711, false}, {4713, true}}), ContainsSubstring("running: pid 4711"));
    CHECK(check({}).empty());
    REQUIRE(tests::run_teal({"init", "--split", "app", "--table", table}).code == 0);
    const SimulatedNginx nginx(table, {{"app", {"blue", "green"}, true, kRules}}, 1);
    CHECK(check(without).empty());
}

TEST_CASE("a mapped module is found, and that its file was replaced") {
    const std::string line = "7f0 r-xp 0 08:01 42 /usr/lib/nginx/modules/ngx_http_teal_module.so";
    const std::string other = "7f1 r-xp 0 08:01 43 /usr/lib/libc.so.6 (deleted)\n";
    CHECK_FALSE(cli::mapped_module(other).mapped);
    CHECK(cli::mapped_module(other + line + "\n").mapped);
    CHECK_FALSE(cli::mapped_module(other + line + "\n").replaced);
    CHECK(cli::mapped_module(line + " (deleted)\n" + other).replaced);
    CHECK_FALSE(cli::module_of_worker(static_cast<std::uint32_t>(getpid())));
}

TEST_CASE("ports that docker publishes are read, ranges too") {
    const auto ports = cli::parse_published_ports(
        "shop_nginx\tshop\t0.0.0.0:8080->80/tcp, :::8080->80/tcp, 443/tcp\n"
        "other\t\t127.0.0.1:9000-9001->9000-9001/tcp, 0.0.0.0:53->53/udp\n"
        "silent\tshop\t\n");
    REQUIRE(ports.size() == 4);
    CHECK(ports[0].port == 8080);
    CHECK(ports[0].container == "shop_nginx");
    CHECK(ports[0].project == "shop");
    CHECK(ports[3].port == 9001);
    CHECK(ports[3].project.empty());
}

TEST_CASE("a compose file's host ports: TCP, each of a range, whose they are") {
    nlohmann::json project = tests::shop();
    project["services"]["cache"]["ports"] = {
        {{"target", 1}, {"published", "7000-7002"}, {"protocol", "tcp"}}, {{"target", 2}}};
    const auto stack = cli::compose::define_stack(project, tests::shop_settings());
    const auto ports = cli::compose::host_ports(project, stack);
    REQUIRE(ports.size() == 5);  // 7000 to 7002, 5432, 8080; 9000 is UDP
    const auto of = [&](std::uint32_t port) {
        return std::find_if(ports.begin(), ports.end(),
                            [&](const auto& one) { return one.port == port; });
    };
    CHECK(of(5432)->shared);
    CHECK(of(5432)->service == "db");
    CHECK_FALSE(of(8080)->shared);
    CHECK(of(7002) != ports.end());
    CHECK(of(9000) == ports.end());
}

TEST_CASE("a port that somebody else has is a warning with their name") {
    const std::vector<cli::compose::HostPort> wanted = {{"db", "127.0.0.1", 5432, true},
                                                        {"web", "", 8080, false}};
    const auto check = [&](const cli::PortOwners& owners) {
        return found_by(
            [&](cli::Findings& findings) { cli::check_ports(wanted, "shop", owners, findings); });
    };
    CHECK_THAT(check({}), ContainsSubstring("ok ports: 5432, 8080"));
    CHECK_THAT(check({{{5432, "127.0.0.1", 99, "postgres"}}, {}}),
               ContainsSubstring("warning port 5432: db publishes it, and postgres (pid 99) has "
                                 "it"));
    CHECK_THAT(check({{{8080, "127.0.0.1", 98, "apache2"}}, {}}),
               ContainsSubstring("warning port 8080: ") && ContainsSubstring("apache2 (pid 98)"));
    CHECK_THAT(check({{{8080, "127.0.0.1", 0, ""}}, {}}),
               ContainsSubstring("a process that this user may not see"));
    // nginx is to have web's port, and nobody else's.
    CHECK_THAT(check({{{8080, "127.0.0.1", 97, "nginx"}}, {}}), ContainsSubstring("ok ports"));
    CHECK_THAT(check({{{5432, "127.0.0.1", 97, "nginx"}}, {}}), ContainsSubstring("warning"));
    // An address that nobody asked for.
    CHECK_THAT(check({{{5432, "10.0.0.5", 97, "postgres"}}, {}}), ContainsSubstring("ok ports"));
    // The project's own container is right there; another project's is not.
    const cli::PortListener proxy{5432, "127.0.0.1", 96, "docker-proxy"};
    CHECK_THAT(check({{proxy}, {{5432, "shop-db-1", "shop"}}}), ContainsSubstring("ok ports"));
    CHECK_THAT(check({{proxy}, {{5432, "blog-db-1", "blog"}}}),
               ContainsSubstring("container blog-db-1 has it"));
    CHECK_THAT(check({{proxy}, {}}), ContainsSubstring("docker-proxy (pid 96)"));
}

TEST_CASE("who listens on a port is found in /proc") {
    const Listening here;
    const auto listeners = cli::listeners_on({here.port});
    REQUIRE(listeners.size() == 1);
    CHECK(listeners[0].port == here.port);
    CHECK(listeners[0].address == "127.0.0.1");
    CHECK(listeners[0].pid == getpid());
    CHECK(std::string("teal_unit_tests").starts_with(listeners[0].program));
    CHECK_FALSE(listeners[0].program.empty());
    CHECK(cli::listeners_on({}).empty());
}
