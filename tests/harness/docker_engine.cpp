#include "tests/harness/docker_engine.hpp"

#include "tests/harness/wait.hpp"

#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace teal::harness {
namespace {

using namespace std::chrono_literals;

bool answers() {
    return docker({"version", "--format", "{{.Server.Version}}"}, 20s).exit_code == 0;
}

std::string end_of(const std::string& text) {
    constexpr std::size_t kShown = 3000;
    return text.size() > kShown ? text.substr(text.size() - kShown) : text;
}

class OwnEngine {
public:
    // A session of its own: Ctrl-C at our terminal is ours to answer, with an engine to clean up
    // in.
    OwnEngine() : dockerd_(ProcessOptions{.argv = {"setsid", "dockerd"}}) {
        const bool up =
            becomes_true([&] { return !dockerd_.running() || answers(); }, 90s) && answers();
        if (!up) {
            throw std::runtime_error("no docker engine runs, and dockerd does not start:\n" +
                                     end_of(dockerd_.err()));
        }
    }
    ~OwnEngine() {
        dockerd_.signal(SIGTERM);
        dockerd_.wait(30s);
    }
    OwnEngine(const OwnEngine&) = delete;
    OwnEngine& operator=(const OwnEngine&) = delete;

private:
    Process dockerd_;
};

bool provide_engine() {
    static std::unique_ptr<OwnEngine> own;
    if (!answers()) {
        own = std::make_unique<OwnEngine>();
    }
    const RunResult made = run({TEAL_BASE_IMAGE_SCRIPT}, 10min);
    if (made.exit_code != 0) {
        throw std::runtime_error("no image " + std::string(kBaseImage) + ":\n" +
                                 end_of(made.out + made.err));
    }
    return true;
}

}  // namespace

void need_docker_engine() {
    if (std::getenv("TEAL_WITHOUT_DOCKER") != nullptr) {
        throw std::logic_error("a case that needs the docker engine has the tag [docker]");
    }
    static const bool provided = provide_engine();
    (void)provided;
}

RunResult docker(std::vector<std::string> arguments, std::chrono::milliseconds timeout) {
    // Out of reach of the terminal's Ctrl-C, which would cut short what cleans up after it.
    arguments.insert(arguments.begin(), {"setsid", "docker"});
    return run(std::move(arguments), timeout);
}

std::string docker_output(std::vector<std::string> arguments, std::chrono::milliseconds timeout) {
    std::string shown = "docker";
    for (const std::string& argument : arguments) {
        shown += " " + argument;
    }
    RunResult result = docker(std::move(arguments), timeout);
    if (result.exit_code != 0) {
        throw std::runtime_error(shown + ": " + end_of(result.err + result.out));
    }
    result.out.erase(result.out.find_last_not_of('\n') + 1);
    return std::move(result.out);
}

}  // namespace teal::harness
