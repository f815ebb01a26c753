#include "tests/e2e/compose_project.hpp"

#include "tests/harness/docker_project.hpp"
#include "tests/harness/wait.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace teal::e2e {
namespace {

using namespace std::chrono_literals;
using cli::Color;
using cli::Instance;
using cli::InstanceState;
using harness::docker;

// Perl is in Debian's minimal system: a service without anything to install.
constexpr char kServer[] = R"perl(
use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
$| = 1;
my $listener = IO::Socket::INET->new(LocalPort => 3000, Listen => 64, ReuseAddr => 1) or die $!;
open(my $file, '<', '/etc/hostname') or die $!;
chomp(my $host = <$file>);
print "serving $ENV{VERSION}\n";
while (my $client = $listener->accept) {
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }  # closed unread, it would reset
    print $client "HTTP/1.0 200 OK\r\n\r\n$ENV{VERSION} $host\n";
    close $client;
}
)perl";

constexpr char kDockerfile[] =
    "FROM debian:bookworm-slim\n"
    "ARG VERSION\n"
    "ENV VERSION=${VERSION}\n"
    "COPY server.pl /server.pl\n"
    "CMD [\"perl\", \"/server.pl\"]\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

}  // namespace

ComposeProject::ComposeProject(const std::string& directory)
    : workspace_("compose"),
      name_(harness::unique_project_name()),
      directory_(workspace_.path(directory)) {
    harness::need_docker_engine();
    std::filesystem::create_directories(directory_);
    settings_.directory = directory_;
    settings_.deployment_directory = directory_ / ".teal" / "deployments";
}

ComposeProject::~ComposeProject() {
    harness::remove_docker_project(name_);
}

void ComposeProject::write(const std::string& file, std::string text) {
    const std::filesystem::path path = directory_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << replaced(std::move(text), "NAME", name_);
}

void ComposeProject::write_usual(const std::string& version, int replicas) {
    write("server.pl", kServer);
    write("Dockerfile", kDockerfile);
    write("compose.yaml", R"(
name: NAME
services:
  web:
    build:
      context: .
      args: {VERSION: )" + version +
                              R"(}
      labels: {made-for: NAME}
    labels: {teal.entry: "3000", teal.split: app}
    depends_on: [db, worker]
    ports: ["127.0.0.1:9:3000"]
    container_name: NAME-web
    scale: REPLICAS
    init: true
  worker:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    environment: {VERSION: )" +
                              version +
                              R"(}
  db:
    image: debian:bookworm-slim
    init: true
    command: [sleep, infinity]
    volumes: ["data:/data"]
    networks: {default: {aliases: [database]}}
volumes: {data: {}}
)");
    // container_name and several replicas exclude each other in compose itself.
    const std::filesystem::path path = directory_ / "compose.yaml";
    std::string text = replaced(harness::read_file(path), "REPLICAS", std::to_string(replicas));
    if (replicas != 1) {
        text = replaced(text, "    container_name: " + name_ + "-web\n", "");
    }
    std::ofstream(path) << text;
}

cli::Stack& ComposeProject::open() {
    stack_ = cli::open_compose_stack(settings_);
    return *stack_;
}

cli::SnapshotRef ComposeProject::write_snapshot(const std::string& id,
                                                const std::vector<cli::SnapshotFile>& files) {
    cli::SnapshotRef snapshot{id, settings_.deployment_directory / id};
    std::filesystem::create_directories(snapshot.directory);
    for (const cli::SnapshotFile& file : files) {
        const std::filesystem::path path = snapshot.directory / file.name;
        std::ofstream(path) << file.text;
        ::chmod(path.c_str(), file.mode);
    }
    return snapshot;
}

cli::SnapshotRef ComposeProject::deploy(Color color, const std::string& id) {
    open();
    const cli::SnapshotRef snapshot = write_snapshot(id, stack().snapshot_files(color, id));
    images_ = stack().fetch_images(color, snapshot, cli::Fetch::as_needed, progress_);
    stack().start_shared(snapshot, 60s, progress_);
    stack().bring_up(color, snapshot, progress_);
    return snapshot;
}

std::vector<Instance> ComposeProject::running(Color color) {
    std::vector<Instance> found;
    harness::wait_until(
        [&] {
            found = stack().instances(color);
            return !found.empty() &&
                   std::all_of(found.begin(), found.end(), [](const Instance& instance) {
                       return instance.state == InstanceState::running && instance.healthy;
                   });
        },
        60s, std::string(name_of(color)) + " to run");
    return found;
}

std::string answer_of(const std::string& address) {
    auto result = harness::run({"curl", "-s", "--max-time", "5", "--retry", "30",
                                "--retry-connrefused", "--retry-delay", "1", "http://" + address},
                               60s);
    result.out.erase(result.out.find_last_not_of('\n') + 1);
    return result.exit_code == 0 ? result.out : "";
}

std::string inside(const std::string& container, std::vector<std::string> command) {
    command.insert(command.begin(), {"exec", container});
    auto result = docker(std::move(command));
    result.out.erase(result.out.find_last_not_of('\n') + 1);
    return result.exit_code == 0 ? result.out : "";
}

std::string resolved_in(const std::string& container, const std::string& name) {
    std::istringstream lines(inside(container, {"getent", "ahostsv4", name}));
    std::string addresses;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("STREAM") != std::string::npos) {
            addresses += (addresses.empty() ? "" : " ") + line.substr(0, line.find(' '));
        }
    }
    return addresses;
}

}  // namespace teal::e2e
