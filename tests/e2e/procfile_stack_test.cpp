// Processes of a Procfile, really started: found again, restarted, ended; never two of one.
#include "tests/catch.hpp"
#include "tests/e2e/procfile_project.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>

using namespace teal;
using namespace teal::tests;
using Catch::Matchers::ContainsSubstring;
using harness::wait_until;

namespace {

constexpr char kApp[] = "exec \"" TEAL_DEMO_APP_PATH "\" --name \"$TEAL_COLOR\"";

std::string app_line(const std::string& name = "web") {
    return name + ": " + kApp + "\n";
}

std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

std::string answer_of(const Instance& instance) {
    return harness::http_get(harness::Endpoint::loopback(port_of(instance.address)), "/health")
        .body;
}

void wait_for_answer(const ProcfileProject& project, Color color, const std::string& text,
                     const std::string& name = "web.1") {
    wait_until(
        [&] {
            const Instance instance = project.only(color, name);
            return !instance.address.empty() && answer_of(instance).find(text) != std::string::npos;
        },
        20s, name + " to answer " + text);
}

// Listens on a loopback port for as long as it lives.
class Listener {
public:
    explicit Listener(std::uint16_t port) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
        const int on = 1;
        setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        listens_ = bind(descriptor_, reinterpret_cast<sockaddr*>(&where), sizeof(where)) == 0 &&
                   listen(descriptor_, 8) == 0;
    }
    ~Listener() { close(descriptor_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    bool listens() const { return listens_; }

private:
    int descriptor_;
    bool listens_ = false;
};

}  // namespace

TEST_CASE("a process answers at its address, and a new command finds it instead of starting it") {
    ProcfileProject project(app_line() + "worker: exec sleep 1000\n");
    const cli::SnapshotRef snapshot = project.snapshot(Color::green, "green-1");
    CHECK(project.only(Color::green).state == InstanceState::missing);
    project.stack()->bring_up(Color::green, snapshot, project.progress);
    wait_for_answer(project, Color::green, "green");

    const auto before = project.stack()->instances(Color::green);
    REQUIRE(before.size() == 2);
    CHECK(before[0].state == InstanceState::running);
    CHECK(before[1].name == "worker.1");
    CHECK(before[1].address.empty());
    project.stack()->bring_up(Color::green, snapshot, project.progress);
    const auto after = project.stack()->instances(Color::green);
    CHECK(after[0].id == before[0].id);
    CHECK(after[1].id == before[1].id);
    CHECK(project.count("green", true) == 2);
}

TEST_CASE("both colors live side by side, and replicas have ports of their own") {
    ProcfileProject project(app_line());
    project.settings.services["web"].replicas = 3;
    project.deploy(Color::blue, "blue-1");
    project.deploy(Color::green, "green-1");
    std::vector<std::uint16_t> ports;
    for (const Color color : {Color::blue, Color::green}) {
        for (const std::string name : {"web.1", "web.2", "web.3"}) {
            wait_for_answer(project, color, cli::name_of(color), name);
            ports.push_back(port_of(project.only(color, name).address));
        }
    }
    std::sort(ports.begin(), ports.end());
    CHECK(std::unique(ports.begin(), ports.end()) == ports.end());

    project.stack()->stop(Color::blue, 5s, cli::Removal::keep, project.progress);
    CHECK(project.marked("blue").empty());
    CHECK(project.only(Color::blue).detail == "stopped");
    CHECK(project.has(".teal/deployments/logs/blue/web.1.log"));
    CHECK_THAT(answer_of(project.only(Color::green)), ContainsSubstring("green"));
    project.stack()->stop(Color::blue, 5s, cli::Removal::remove, project.progress);
    CHECK_FALSE(project.has(".teal/deployments/logs/blue"));
    CHECK(project.only(Color::blue).state == InstanceState::missing);
}

TEST_CASE("a new snapshot replaces the processes of the color, and drops those that left") {
    ProcfileProject project("web: exec sleep 1000\nold: exec sleep 1000\n");
    project.deploy(Color::green, "green-1");
    const std::string before = project.only(Color::green).id;
    project.write("Procfile", "web: exec sleep 1001\n");
    project.deploy(Color::green, "green-2");
    const auto now = project.stack()->instances(Color::green);
    REQUIRE(now.size() == 1);
    CHECK(now[0].id != before);
    CHECK(project.count("green", false) == 1);
}

TEST_CASE("a process knows its place, its port, its color, the others' ports and what .env says") {
    ProcfileProject project(
        "web: env > web.txt; exec sleep 1000\napi-2: exec sleep 1000\ndb: exec sleep 1000\n");
    project.settings.services["db"].shared = true;
    project.write(".env", "SECRET='hun ter2 $x'\nPORT=1\n");
    const cli::SnapshotRef snapshot = project.snapshot(Color::green, "green-1");
    project.stack()->start_shared(snapshot, 5s, project.progress);
    project.stack()->bring_up(Color::green, snapshot, project.progress);
    wait_until([&] { return project.read("web.txt").find("TEAL_SNAPSHOT") != std::string::npos; },
               10s, "the environment");
    const std::string environment = "\n" + project.read("web.txt");
    CHECK_THAT(environment, ContainsSubstring("\nSECRET=hun ter2 $x\n"));
    CHECK_THAT(environment, ContainsSubstring("\nPS=web.1\n"));
    CHECK_THAT(environment, ContainsSubstring("\nTEAL_COLOR=green\n"));
    CHECK_THAT(environment, ContainsSubstring("\nTEAL_SNAPSHOT=green-1\n"));
    CHECK_THAT(environment, ContainsSubstring("\nTEAL_PORT_API_2="));
    CHECK_THAT(environment, ContainsSubstring("\nTEAL_PORT_DB="));
    CHECK_THAT(environment,
               ContainsSubstring(
                   "\nPORT=" + std::to_string(port_of(project.only(Color::green).address)) + "\n"));
    CHECK(environment.find(cli::kSupervisorVariable) == std::string::npos);

    const auto grep =
        harness::run({"grep", "-rl", "hun ter2", (project.directory() / ".teal").string()});
    CHECK(grep.out == (snapshot.directory / ".env").string() + "\n");
    struct stat record {};
    REQUIRE(stat((project.directory() / ".teal/deployments/processes/green/web.1.json").c_str(),
                 &record) == 0);
    CHECK((record.st_mode & 0777) == 0600);
}

TEST_CASE("shared processes exist once, whichever snapshot asks for them") {
    ProcfileProject project("web: exec sleep 1000\ndb: exec sleep 1000\n");
    project.settings.services["db"].shared = true;
    project.stack()->start_shared(project.snapshot(Color::blue, "blue-1"), 5s, project.progress);
    const auto before = project.stack()->shared_instances();
    project.stack()->start_shared(project.snapshot(Color::green, "green-1"), 5s, project.progress);
    const auto after = project.stack()->shared_instances();
    REQUIRE(after.size() == 1);
    CHECK(after[0].state == InstanceState::running);
    CHECK(after[0].id == before[0].id);
    CHECK(project.count("blue", false) == 0);
}

TEST_CASE("a process that dies is started again at the same port") {
    ProcfileProject project(app_line());
    project.deploy(Color::green, "green-1");
    wait_for_answer(project, Color::green, "green");
    const Instance before = project.only(Color::green);
    REQUIRE(kill(ProcfileProject::pid_of(before), SIGKILL) == 0);
    wait_until(
        [&] {
            const Instance now = project.only(Color::green);
            return now.state == InstanceState::running && now.id != before.id;
        },
        20s, "the restart");
    wait_for_answer(project, Color::green, "green");
    const Instance after = project.only(Color::green);
    CHECK(after.address == before.address);
    CHECK_THAT(after.detail, ContainsSubstring("restarted 1 times, last: killed by signal 9"));
    CHECK_THAT(project.stack()->last_lines(after, 50),
               ContainsSubstring("teal: web.1 killed by signal 9"));
}

TEST_CASE("a process that fails at once is tried again after growing pauses, and can be stopped") {
    ProcfileProject project("web: echo try; exit 3\n");
    project.deploy(Color::green, "green-1");
    wait_until(
        [&] {
            return project.read(".teal/deployments/logs/green/web.1.log").find("in 0.4 s") !=
                   std::string::npos;
        },
        20s, "the third pause");
    CHECK_THAT(project.read(".teal/deployments/logs/green/web.1.log"),
               ContainsSubstring("web.1 exited with 3\nteal: starts again in 0.1 s\ntry\n"));
    project.stack()->stop(Color::green, 5s, cli::Removal::keep, project.progress);
    CHECK(project.marked("green").empty());
}

TEST_CASE("a port that another program took is given up for a free one") {
    ProcfileProject project("web: test -e ready && " + std::string(kApp) + "\n");
    project.deploy(Color::green, "green-1");
    // It ends at once as long as there is no such file: its port is free for others.
    cli::StackPaths paths{project.settings.deployment_directory};
    const std::uint16_t port = cli::find_processes(paths, "green").front().record.port;
    const Listener other(port);
    REQUIRE(other.listens());
    project.write("ready", "");
    wait_for_answer(project, Color::green, "green");
    CHECK(port_of(project.only(Color::green).address) != port);
}

TEST_CASE("who does not end in the grace is killed with all that it started") {
    ProcfileProject project("web: trap '' TERM; sleep 1000 & echo up; wait; sleep 1000\n");
    project.deploy(Color::green, "green-1");
    wait_until([&] { return project.read(".teal/deployments/logs/green/web.1.log") == "up\n"; },
               10s, "the trap");
    CHECK(project.marked("green").size() >= 3);
    project.stack()->stop(Color::green, 1s, cli::Removal::keep, project.progress);
    CHECK(project.marked("green").empty());
    CHECK(project.only(Color::green).detail == "stopped");  // its supervisor has done it
}

TEST_CASE("who ends within the grace ends its own way") {
    ProcfileProject project(
        "web: trap 'echo bye > bye.txt; exit 0' TERM; echo up; while :; do sleep 0.05; done\n");
    project.deploy(Color::green, "green-1");
    wait_until([&] { return project.read(".teal/deployments/logs/green/web.1.log") == "up\n"; },
               10s, "the trap");
    project.stack()->stop(Color::green, 10s, cli::Removal::keep, project.progress);
    CHECK(project.read("bye.txt") == "bye\n");
}

TEST_CASE("a lost record is made up for by the process's own environment") {
    ProcfileProject project(app_line());
    const cli::SnapshotRef snapshot = project.snapshot(Color::green, "green-1");
    project.stack()->bring_up(Color::green, snapshot, project.progress);
    wait_for_answer(project, Color::green, "green");
    const Instance before = project.only(Color::green);
    project.write(".teal/deployments/processes/green/web.1.json", "{\"version\":");
    const Instance after = project.only(Color::green);
    CHECK(after.id == before.id);
    CHECK(after.address == before.address);
    project.stack()->bring_up(Color::green, snapshot, project.progress);
    CHECK(project.count("green", false) == 1);
    project.stack()->stop(Color::green, 5s, cli::Removal::keep, project.progress);
    CHECK(project.marked("green").empty());
}

TEST_CASE("a process outlives its supervisor and is taken over by the next one") {
    // Its remains come to this process, which leaves them lying as a container's first process may.
    REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    ProcfileProject project(app_line());
    const cli::SnapshotRef snapshot = project.snapshot(Color::green, "green-1");
    project.stack()->bring_up(Color::green, snapshot, project.progress);
    wait_for_answer(project, Color::green, "green");
    const Instance before = project.only(Color::green);
    REQUIRE(kill(project.supervisor_of("green"), SIGKILL) == 0);
    wait_until([&] { return project.count("green", true) == 0; }, 10s, "the supervisor's end");
    CHECK_THAT(project.only(Color::green).detail, ContainsSubstring("without a supervisor"));
    CHECK_THAT(answer_of(project.only(Color::green)), ContainsSubstring("green"));

    project.stack()->bring_up(Color::green, snapshot, project.progress);
    CHECK(project.only(Color::green).id == before.id);
    CHECK(project.only(Color::green).detail == "running");
    CHECK(project.count("green", true) == 1);
    REQUIRE(kill(ProcfileProject::pid_of(before), SIGKILL) == 0);
    wait_until(
        [&] {
            const Instance now = project.only(Color::green);
            return now.state == InstanceState::running && now.id != before.id;
        },
        20s, "the restart");
}

TEST_CASE("a command killed anywhere in its start leaves one process or none, never two") {
    ProcfileProject project("web: exec sleep 1000\nworker: exec sleep 1000\n");
    const cli::SnapshotRef snapshot = project.snapshot(Color::green, "green-1");
    for (unsigned microseconds = 0; microseconds < 30000; microseconds += 1500) {
        CAPTURE(microseconds);
        const pid_t starter = fork();
        if (starter == 0) {
            project.stack()->bring_up(Color::green, snapshot, project.progress);
            _exit(0);
        }
        // The moment of the kill is what is varied here, not something that is waited for.
        usleep(microseconds);
        kill(starter, SIGKILL);
        waitpid(starter, nullptr, 0);
        project.stack()->bring_up(Color::green, snapshot, project.progress);
        // Between a process's fork and its exec it looks like its supervisor from outside.
        wait_until(
            [&] { return project.count("green", false) == 2 && project.count("green", true) == 2; },
            10s, "two processes, each with a supervisor");
        project.stack()->stop(Color::green, 5s, cli::Removal::keep, project.progress);
        REQUIRE(project.marked("green").empty());
    }
}

TEST_CASE("a snapshot of other code is not started from the code that is here") {
    ProcfileProject project("web: exec sleep 1000\n");
    const auto git = [&](std::vector<std::string> words) {
        std::vector<std::string> argv{"git",         "-C", project.directory().string(), "-c",
                                      "user.name=t", "-c", "user.email=t@example.org"};
        argv.insert(argv.end(), words.begin(), words.end());
        const auto result = harness::run(argv);
        REQUIRE(result.exit_code == 0);
        return result.out.substr(0, 12);
    };
    git({"init", "-q"});
    git({"add", "Procfile"});
    git({"commit", "-qm", "one"});
    const std::string one = git({"rev-parse", "HEAD"});
    const cli::SnapshotRef old = project.snapshot(Color::green, "green-1");
    git({"commit", "-qm", "two", "--allow-empty"});
    const std::string two = git({"rev-parse", "HEAD"});
    try {
        project.stack()->bring_up(Color::green, old, project.progress);
        FAIL("it was started");
    } catch (const cli::Error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("was started from commit " + one));
        CHECK_THAT(error.what(), ContainsSubstring("the project is at commit " + two));
        CHECK_THAT(error.next_step(), ContainsSubstring("checkout " + one));
    }
    CHECK(project.marked("green").empty());
    git({"checkout", "-q", one});
    project.stack()->bring_up(Color::green, old, project.progress);
    CHECK(project.only(Color::green).state == InstanceState::running);
    // What runs already is not asked for its code.
    git({"checkout", "-q", two});
    project.stack()->bring_up(Color::green, old, project.progress);
}

TEST_CASE("the build runs in the project, and its failure is shown in its own words") {
    ProcfileProject project("web: exec sleep 1000\n");
    const cli::SnapshotRef snapshot = project.snapshot(Color::green, "green-1");
    project.settings.build = {"sh", "-c", "pwd; echo a b > built"};
    project.stack()->fetch_images(Color::green, snapshot, cli::Fetch::as_needed, project.progress);
    CHECK(project.read("built") == "a b\n");
    CHECK_THAT(project.progress.said, ContainsSubstring("My Shöp 店"));
    project.settings.build = {"sh", "-c", "echo no such header >&2; exit 4"};
    CHECK_THROWS_WITH(project.stack()->fetch_images(Color::green, snapshot, cli::Fetch::as_needed,
                                                    project.progress),
                      ContainsSubstring("exit code 4") && ContainsSubstring("no such header"));
}

TEST_CASE("logs are shown with their process's name and followed across a cut") {
    ProcfileProject project(
        "web: echo first; exec tail -n 0 -F feed\nworker: echo other; exec sleep 1000\n");
    project.write("feed", "");
    project.deploy(Color::green, "green-1");
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t viewer = fork();
    if (viewer == 0) {
        dup2(ends[1], STDOUT_FILENO);
        _exit(project.stack()->show_logs(Color::green,
                                         {.services = {}, .follow = true, .lines = 10}));
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    std::string shown;
    const auto shows = [&](const std::string& text) {
        wait_until(
            [&] {
                char buffer[4096];
                ssize_t count = 0;
                while ((count = read(ends[0], buffer, sizeof(buffer))) > 0) {
                    shown.append(buffer, static_cast<std::size_t>(count));
                }
                return shown.find(text) != std::string::npos;
            },
            20s, "\"" + text + "\" in " + shown);
    };
    shows("web.1    | first\n");
    shows("worker.1 | other\n");
    const std::filesystem::path log =
        project.directory() / ".teal/deployments/logs/green/web.1.log";
    const auto add = [&](const std::string& text) {
        const int writer = open(log.c_str(), O_WRONLY | O_APPEND);
        REQUIRE(write(writer, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        close(writer);
    };
    add("a line\n");
    shows("web.1    | a line\n");
    REQUIRE(truncate(log.c_str(), 0) == 0);
    add("b\n");
    shows("web.1    | b\n");
    kill(viewer, SIGKILL);
    waitpid(viewer, nullptr, 0);
    close(ends[0]);
    CHECK_THROWS_WITH(project.stack()->show_logs(Color::green, {.services = {"wbe"}}),
                      ContainsSubstring("did you mean \"web\"?"));
}
