// Running programs: what goes in and comes out in ways that a backup needs.
#include "cli/process/conversation.hpp"
#include "cli/process/interruption.hpp"
#include "cli/process/piped.hpp"
#include "cli/process/process_identity.hpp"
#include "tests/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <stdexcept>

using namespace teal::cli;
using namespace std::chrono_literals;

namespace {

Command shell(const std::string& script) {
    return {.argv = {"sh", "-c", script}};
}

}  // namespace

TEST_CASE("a sink gets all bytes as they come, and none is kept") {
    Command command = shell("head -c 3000000 /dev/zero; echo problem >&2");
    std::size_t bytes = 0;
    bool ticked = false;
    command.on_output = [&](std::string_view part) { bytes += part.size(); };
    command.on_tick = [&] { ticked = true; };
    const CommandResult result = run_command(command);
    CHECK(result.ok());
    CHECK(bytes == 3'000'000);
    CHECK(ticked);
    CHECK(result.out.empty());
    CHECK(result.said() == "problem");
}

TEST_CASE("a sink that throws ends the program and the call") {
    Command command = shell("echo $$; exec cat /dev/zero");
    pid_t pid = 0;
    command.on_output = [&](std::string_view part) {
        if (pid == 0) {
            pid = std::stoi(std::string(part));
            return;
        }
        throw std::runtime_error("the disk is full");
    };
    CHECK_THROWS_WITH(run_command(command), "the disk is full");
    REQUIRE(pid > 0);
    CHECK(kill(pid, 0) != 0);
}

TEST_CASE("input that is held stays open until the program ends") {
    Command command = shell(
        "exec 3<&0; read -r line; echo $line; (while read -r more <&3; do :; done; echo closed) 2> "
        "/dev/null & sleep 0.2; kill "
        "$!; echo end");
    command.input = "first\n";
    command.hold_input = true;
    CHECK(run_command(command).out == "first\nend\n");
    command.hold_input = false;
    CHECK(run_command(command).out == "first\nclosed\nend\n");
}

TEST_CASE("input is sent when output goes to a file that nobody reads here") {
    Command command = shell("cat > /dev/null; exit 7");
    command.input = std::string(300'000, 'x');
    command.output_file = STDERR_FILENO;
    command.error_file = STDERR_FILENO;
    command.hold_input = false;
    CHECK(run_command(command).exit_code == 7);
}

TEST_CASE("two programs are joined, and the one that fails is told") {
    CHECK(run_piped(shell("echo hello"), shell("tr a-z A-Z")).out == "HELLO\n");
    const CommandResult first = run_piped(shell("echo reason >&2; exit 3"), shell("cat"));
    CHECK(first.exit_code == 3);
    CHECK(first.said() == "reason");
    const CommandResult second =
        run_piped(shell("exec cat /dev/zero"), shell("echo no >&2; exit 4"));
    CHECK(second.exit_code == 4);
    CHECK(second.said() == "no");
    CHECK_FALSE(run_piped({.argv = {"/no/such/program"}}, shell("cat")).ok());
}

TEST_CASE("a conversation asks and hears more than once") {
    Conversation talk(shell("while read -r line; do echo \"<$line>\"; done; echo bye >&2; exit 5"));
    talk.say("one\n");
    CHECK(talk.hear(5s) == "<one>");
    CHECK_FALSE(talk.hear(20ms).has_value());
    talk.say("two\nthree\n");
    CHECK(talk.hear(5s) == "<two>");
    CHECK(talk.hear(5s) == "<three>");
    CHECK_FALSE(talk.has_ended());
    CHECK(talk.finish(5s) == 5);
    CHECK(talk.said() == "bye");
}

TEST_CASE("a program that is not wanted any more is ended with all that it started") {
    Interruption interruption;
    // What it starts keeps neither of its streams open, and does not mind SIGTERM.
    Command command = shell(
        "(trap '' TERM; echo ready >&3; exec sleep 60 3>&-) 3>&1 >/dev/null 2>&1 & echo $$; wait");
    pid_t group = 0;
    command.on_line = [&](std::string_view line) {
        if (line == "ready") {
            raise(SIGTERM);
        } else {
            group = std::stoi(std::string(line));
        }
    };
    bool hurry = false;
    command.unwanted = [&] {
        if (interruption.count() == 1 && hurry) {
            raise(SIGINT);
        }
        hurry = interruption.count() == 1;
        return interruption.count();
    };
    const auto began = std::chrono::steady_clock::now();
    const CommandResult result = run_command(command);
    CHECK(result.was_unwanted);
    CHECK_FALSE(result.timed_out);
    CHECK_FALSE(result.ok());
    CHECK(interruption.name() == "SIGINT");
    CHECK(std::chrono::steady_clock::now() - began < 5s);  // the second signal: no patience
    REQUIRE(group > 0);
    CHECK_FALSE(is_group_alive(group));
}

TEST_CASE("a program may end by itself when it is asked to") {
    Command command =
        shell("trap 'echo undone; exit 0' TERM; echo begun; while :; do sleep 0.01; done");
    bool begun = false;
    command.on_line = [&](std::string_view) { begun = true; };
    command.unwanted = [&] { return begun ? 1 : 0; };
    const CommandResult result = run_command(command);
    CHECK(result.was_unwanted);
    CHECK(result.exit_code == 0);
    CHECK(result.out == "begun\nundone\n");
}

TEST_CASE("a signal that nobody was told of is raised when the interruption's time is over") {
    static volatile std::sig_atomic_t heard = 0;
    const auto before = signal(SIGTERM, [](int) { heard = heard + 1; });
    {
        Interruption interruption;
        raise(SIGTERM);
        CHECK(heard == 0);
    }
    CHECK(heard == 1);
    {
        Interruption interruption;
        raise(SIGTERM);
        CHECK(interruption.count() == 1);
    }
    CHECK(heard == 1);
    signal(SIGTERM, SIG_IGN);
    {
        Interruption interruption;
        raise(SIGTERM);
        CHECK(interruption.count() == 0);
    }
    signal(SIGTERM, before);
}
