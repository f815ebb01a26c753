#include "tests/e2e/nginx_container.hpp"

#include "tests/harness/docker_engine.hpp"

#include <unistd.h>
#include <atomic>
#include <stdexcept>

namespace teal::e2e {
namespace {

using namespace std::chrono_literals;
using harness::docker;
using harness::docker_output;

constexpr auto kCompiling = 30min;

// HTTP/1.0, one request at a time; Perl is in Debian's minimal system.
constexpr char kService[] = R"perl(
use IO::Socket::INET;
$SIG{TERM} = sub { exit 0 };
my $listener = IO::Socket::INET->new(LocalPort => 3000, Listen => 128, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
    while (my $line = <$client>) { last if $line eq "\r\n"; }
    print $client "HTTP/1.0 200 OK\r\nX-Served-By: $ENV{NAME}\r\nContent-Length: 3\r\n\r\nok\n";
    close $client;
}
)perl";

std::string must(const std::string& what, const harness::RunResult& result) {
    if (result.exit_code != 0) {
        throw std::runtime_error(what + " failed:\n" + result.out + result.err);
    }
    return result.out;
}

bool is_of_the_images_release() {
    return harness::read_file("/etc/os-release").find("VERSION_CODENAME=bookworm") !=
           std::string::npos;
}

class Image {
public:
    Image() : tag_("tealtest/nginx:" + std::to_string(getpid())) {
        harness::need_docker_engine();
        std::vector<std::string> build = {"build", "--network", "host", "-t", tag_};
        harness::Workspace workspace("image");
        const std::string context = workspace.path("context").string();
        if (is_of_the_images_release()) {
            harness::ProcessOptions prepare;
            prepare.argv = {TEAL_SOURCE_DIR "/docker/prebuilt-context", context};
            prepare.env = {{"BUILD_DIR", TEAL_BUILD_DIR}};
            must("prebuilt-context", harness::run(prepare, 60s));
            build.insert(build.end(), {"--build-arg", "PREBUILT=installed", "-f",
                                       context + "/docker/Dockerfile", context});
        } else {
            build.insert(build.end(),
                         {"-f", TEAL_SOURCE_DIR "/docker/Dockerfile", TEAL_SOURCE_DIR});
        }
        must("docker build", docker(build, kCompiling));
    }
    ~Image() { docker({"image", "rm", "-f", tag_}); }
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;

    const std::string& tag() const { return tag_; }

private:
    std::string tag_;
};

std::string unique_name() {
    static std::atomic<unsigned> count{0};
    return "tealnginx" + std::to_string(getpid()) + "x" + std::to_string(++count);
}

}  // namespace

const std::string& nginx_image() {
    static const Image image;
    return image.tag();
}

NginxContainer::NginxContainer()
    : project_(unique_name()),
      name_(project_ + "_nginx"),
      port_(workspace_.free_port()),
      table_((workspace_.make_directory("run") / "table").string()) {
    nginx_image();
    must("docker compose up", compose({"up", "-d", "--no-build", "nginx"}));
}

NginxContainer::~NginxContainer() {
    for (const std::string& service : services_) {
        docker({"rm", "-f", "-v", service});
    }
    compose({"down", "-v", "--timeout", "5"});
}

harness::RunResult NginxContainer::compose(const std::vector<std::string>& words) const {
    harness::ProcessOptions options;
    options.argv = {"docker", "compose", "-f", TEAL_SOURCE_DIR "/docker/compose.yaml"};
    options.argv.insert(options.argv.end(), words.begin(), words.end());
    options.env = {{"COMPOSE_PROJECT_NAME", project_},
                   {"TEAL_IMAGE", nginx_image()},
                   {"TEAL_RUN", workspace_.path("run").string()},
                   {"TEAL_STATE", workspace_.path("state").string()},
                   {"TEAL_HTTP_PORT", "127.0.0.1:" + std::to_string(port_)}};
    if (getuid() != 0) {
        options.env["TEAL_UID"] = std::to_string(getuid());
    }
    return harness::run(options, 2min);
}

harness::RunResult NginxContainer::teal(std::vector<std::string> words) const {
    words.insert(words.begin(), TEAL_CLI_PATH);
    words.insert(words.end(), {"--table", table_});
    return harness::run(words);
}

harness::RunResult NginxContainer::inside(std::vector<std::string> words,
                                          const std::string& user) const {
    std::vector<std::string> command = {"exec"};
    if (!user.empty()) {
        command.insert(command.end(), {"-u", user});
    }
    command.push_back(name_);
    command.insert(command.end(), words.begin(), words.end());
    return docker(command);
}

std::string NginxContainer::health() const {
    return docker_output({"inspect", "--format", "{{.State.Health.Status}}", name_});
}

std::string NginxContainer::processes() const {
    return docker_output({"top", name_, "-eo", "pid,uid,args"});
}

std::string NginxContainer::start_service(const std::string& name) {
    const std::string container = project_ + "-" + name;
    docker_output({"run", "-d", "--name", container, "--network", project_ + "_default", "-e",
                   "NAME=" + name, harness::kBaseImage, "perl", "-e", kService});
    services_.push_back(container);
    return docker_output({"inspect", "--format",
                          "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container}) +
           ":3000";
}

}  // namespace teal::e2e
