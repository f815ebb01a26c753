#include "tests/e2e/private_engine.hpp"

#include "tests/harness/docker_engine.hpp"
#include "tests/harness/wait.hpp"

#include <sys/mount.h>
#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <stdexcept>

namespace teal::e2e {

using namespace std::chrono_literals;

// A bridge that nobody uses: an engine told to have none (--bridge=none) removes the other
// engine's docker0.
class PrivateEngine::Bridge {
public:
    explicit Bridge(std::string name) : name_(std::move(name)) {
        change({"add", name_, "type", "bridge"});
        const auto address = harness::run({"ip", "address", "add", "10.198.0.1/24", "dev", name_});
        if (address.exit_code != 0) {
            throw std::runtime_error("no address for " + name_ + ": " + address.err);
        }
        change({"set", name_, "up"});
    }
    ~Bridge() { harness::run({"ip", "link", "delete", name_}); }
    const std::string& name() const { return name_; }
    Bridge(const Bridge&) = delete;
    Bridge& operator=(const Bridge&) = delete;

private:
    static void change(std::vector<std::string> words) {
        words.insert(words.begin(), {"ip", "link"});
        const auto result = harness::run(words);
        if (result.exit_code != 0) {
            throw std::runtime_error("no bridge of our own: " + result.err);
        }
    }
    std::string name_;
};

PrivateEngine::PrivateEngine() : host_("unix://" + workspace_.path("docker.sock").string()) {
    harness::need_docker_engine();
    bridge_ = std::make_unique<Bridge>("tealtest" + std::to_string(getpid()));
    start();
    const std::string image = workspace_.path("image.tar").string();
    harness::docker_output({"save", "--output", image, harness::kBaseImage});
    harness::docker_output({"-H", host_, "load", "--input", image});
}

PrivateEngine::~PrivateEngine() {
    kill();  // its containers are gone: a polite end would only take ten seconds longer
    // With live-restore it mounts its data on itself, and leaves it so.
    umount2(workspace_.path("data").c_str(), MNT_DETACH);
}

void PrivateEngine::kill() {
    dockerd_->signal(SIGKILL);
    dockerd_->wait(10s);
}

void PrivateEngine::start() {
    const auto path = [&](const char* name) { return workspace_.path(name).string(); };
    const std::string space = "tealtest" + std::to_string(getpid());
    // Of one that was killed: the number would be believed although its process is gone.
    std::filesystem::remove(path("pid"));
    std::filesystem::remove(path("exec/containerd/containerd.pid"));
    dockerd_ = std::make_unique<harness::Process>(
        harness::ProcessOptions{.argv = {"setsid",
                                         "dockerd",
                                         "--host",
                                         host_,
                                         "--data-root",
                                         path("data"),
                                         "--exec-root",
                                         path("exec"),
                                         "--pidfile",
                                         path("pid"),
                                         "--live-restore",
                                         "--bridge",
                                         bridge_->name(),
                                         "--iptables=false",
                                         "--ip-masq=false",
                                         "--userland-proxy=false",
                                         "--default-address-pool=base=10.199.0.0/16,size=24",
                                         "--containerd-namespace",
                                         space,
                                         "--containerd-plugins-namespace",
                                         space + "-plugins"}});
    const auto answers = [&] {
        return harness::docker({"-H", host_, "version"}, 20s).exit_code == 0;
    };
    harness::becomes_true([&] { return !dockerd_->running() || answers(); }, 60s);
    if (!dockerd_->running() || !answers()) {
        throw std::runtime_error("a second dockerd does not start:\n" + dockerd_->err());
    }
}

}  // namespace teal::e2e
