// What is kept of processes: records whole and damaged, pids that came to others, ports, logs.
#include "cli/error.hpp"
#include "cli/stack/procfile/found_process.hpp"
#include "cli/stack/procfile/port_choice.hpp"
#include "cli/stack/procfile/process_log.hpp"
#include "cli/stack/procfile/process_record.hpp"
#include "cli/stack/procfile/stack_plan.hpp"
#include "cli/stack/procfile/supervisor_order.hpp"
#include "tests/catch.hpp"
#include "tests/fixtures/temporary_directory.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <set>

using namespace teal::cli;
namespace fs = std::filesystem;

namespace {

// Of this very process, which lives.
ProcessRecord sample() {
    ProcessRecord record;
    record.service = "web";
    record.number = 2;
    record.snapshot = "green-20261124-101530";
    record.boot = boot_id();
    record.port = 12345;
    record.supervisor = *identity_of(getpid());
    record.process = *identity_of(getpid());
    record.started_unix_s = 1795000000;
    record.restarts = 3;
    record.last_exit = "exited with 1";
    return record;
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

std::string read(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a record comes back from disk as it was written") {
    const ProcessRecord record = sample();
    CHECK(parse_process_record(to_text(record)) == record);
    CHECK(record.process_lives());
}

TEST_CASE("a damaged record is nobody's, wherever it is cut") {
    const std::string whole = to_text(sample());
    for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
        CAPTURE(length);
        REQUIRE_FALSE(parse_process_record(whole.substr(0, length)));
    }
    CHECK_FALSE(parse_process_record("[]"));
    CHECK_FALSE(parse_process_record("{\"version\": 2}"));
    std::string other = whole;
    other.replace(other.find("\"running\""), 9, "\"walking\"");
    CHECK_FALSE(parse_process_record(other));
}

TEST_CASE("a pid that came to another process, or of another boot, is not taken for the process") {
    ProcessRecord record = sample();
    record.process.start_ticks += 1;
    CHECK_FALSE(record.process_lives());
    CHECK(open_pidfd(record.process) == -1);
    record = sample();
    record.boot = "00000000-0000-0000-0000-000000000000";
    CHECK_FALSE(record.process_lives());
    CHECK_FALSE(record.supervisor_lives());
    record.process.pid = 0;
    CHECK_FALSE(is_alive(record.process));
}

TEST_CASE("records are found by their file's name, damaged ones are passed over") {
    const teal::fixtures::TemporaryDirectory directory;
    const StackPaths paths{directory.path()};
    write(paths.place("green", "web.2") + ".json", to_text(sample()));
    write(paths.place("green", "web.3") + ".json", to_text(sample()));  // somebody copied it
    write(paths.place("green", "api.1") + ".json", "{\"version\": 1, \"serv");
    write(paths.wanted("green"), "{}");
    const std::vector<FoundProcess> found = find_processes(paths, "green");
    REQUIRE(found.size() == 1);
    CHECK(found.front().name() == "web.2");
    CHECK(found.front().running);
    CHECK(find_processes(paths, "blue").empty());
}

TEST_CASE("an order crosses to the supervisor byte for byte") {
    SupervisorOrder order;
    order.service = "web";
    order.number = 7;
    order.color = "green";
    order.snapshot = "green-1";
    order.command = "echo \"$HOME\" '\xff\xfe'";
    order.directory = "/srv/My Shöp";
    order.record = "/r.json";
    order.log = "/l.log";
    order.port = 12345;
    order.grace_s = 2.5;
    order.environment = {{"A", "line\nline\xff"}, {"B", ""}};
    const SupervisorOrder read = parse_supervisor_order(to_text(order));
    CHECK(read.command == order.command);
    CHECK(read.directory == order.directory);
    CHECK(read.environment == order.environment);
    CHECK(read.port == 12345);
    CHECK(read.grace_s == 2.5);
    CHECK_THROWS_AS(parse_supervisor_order(""), Error);
    CHECK_THROWS_AS(parse_supervisor_order("{}"), Error);
}

TEST_CASE("a snapshot's plan is read back, and one that is damaged is named") {
    StackPlan plan;
    plan.snapshot = "blue-1";
    plan.project = "shop";
    plan.has_environment = true;
    plan.code = CodeState{"0123456789abcdef", "ff"};
    plan.processes = {{"web", "./web \"$PORT\"", 3, false, true},
                      {"db", "postgres", 1, true, false}};
    const StackPlan read = parse_stack_plan("stack.json", to_text(plan));
    CHECK(read.code == plan.code);
    REQUIRE(read.processes.size() == 2);
    CHECK(read.find("web")->command == "./web \"$PORT\"");
    CHECK(read.find("web")->replicas == 3);
    CHECK(read.find("db")->shared);
    const std::string text = to_text(plan);
    for (std::size_t length = 0; length + 2 < text.size(); length += 7) {
        CHECK_THROWS_AS(parse_stack_plan("stack.json", text.substr(0, length)), Error);
    }
}

TEST_CASE("ports that are held or listened on are not given again") {
    std::set<std::uint16_t> ports;
    std::vector<PortReservation> held;
    for (int i = 0; i < 50; ++i) {
        held.push_back(choose_port());
        CHECK(ports.insert(held.back().port()).second);
    }
    CHECK_FALSE(reserve_port(*ports.begin()));
    const std::uint16_t let_go = held.back().port();
    held.pop_back();
    CHECK(reserve_port(let_go));

    const int server = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(let_go);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(server, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0);
    REQUIRE(listen(server, 1) == 0);
    CHECK_FALSE(is_free(let_go));
    CHECK_FALSE(reserve_port(let_go));
    close(server);
    CHECK(is_free(let_go));
}

TEST_CASE("the last lines of a log, also across the cut") {
    const teal::fixtures::TemporaryDirectory directory;
    const fs::path log = directory / "web.1.log";
    CHECK(last_lines_of(log, 5).empty());
    write(log, "one\ntwo\n\nfour\n");
    CHECK(last_lines_of(log, 0).empty());
    CHECK(last_lines_of(log, 1) == "four\n");
    CHECK(last_lines_of(log, 2) == "\nfour\n");
    CHECK(last_lines_of(log, 100) == "one\ntwo\n\nfour\n");
    write(log, "one\nunfinished");
    CHECK(last_lines_of(log, 1) == "unfinished");
    write(log, std::string(200000, 'x') + "\nend\n");
    CHECK(last_lines_of(log, 1) == "end\n");
    CHECK(last_lines_of(log, 2).size() == 200005);

    write(log, "a\nb\nc\n");
    bound_process_log(log, 100);
    CHECK(fs::file_size(log) == 6);
    const int writer = open_process_log(log);
    bound_process_log(log, 5);
    CHECK(fs::file_size(log) == 0);
    CHECK(read(log.string() + ".1") == "a\nb\nc\n");
    REQUIRE(::write(writer, "d\n", 2) == 2);  // goes on at the new beginning
    close(writer);
    CHECK(read(log) == "d\n");
    CHECK(last_lines_of(log, 2) == "c\nd\n");
    CHECK((fs::status(log.string() + ".1").permissions() & fs::perms::others_all) ==
          fs::perms::none);
}
