// `make demo`: the Procfile shop (conf/examples/procfile-shop) behind a private nginx, deployed
// again and again under live traffic: a new version, the way back, a canary of 10 %, a version that
// does not work. Everything runs on loopback in a private directory, and is gone at the end, also
// after Ctrl-C.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/harness/clocks.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/process.hpp"
#include "tests/harness/wait.hpp"
#include "tests/harness/workspace.hpp"

namespace {

using namespace std::chrono_literals;
using teal::harness::Load;

constexpr double kRate = 1000;  // requests per second

std::atomic<bool> interrupted{false};

struct Interrupted {};

void heading(const std::string& text) {
    std::printf("\n== %s\n", text.c_str());
    std::fflush(stdout);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const std::size_t at = text.find(what);
    if (at == std::string::npos) {
        throw std::runtime_error("the example no longer says \"" + what + "\"");
    }
    return text.replace(at, what.size(), with);
}

class Demo {
public:
    Demo()
        : workspace_("demo"),
          table_((workspace_.make_directory("run") / "table").string()),
          port_(workspace_.free_port()) {}

    ~Demo() {
        // What serves, too. On the way out of a failure there is nobody to tell it failed.
        if (deployed_) {
            teal::harness::run(command({"upgrade", "down", "--remove", "--yes"}), 60s);
        }
    }
    Demo(const Demo&) = delete;
    Demo& operator=(const Demo&) = delete;

    // Exit code. Ctrl-C is answered in here, not by letting an exception leave: a workspace that an
    // exception unwinds is kept for inspection.
    int run() {
        try {
            return show();
        } catch (const Interrupted&) {
            std::printf("\ninterrupted; everything is stopped and removed\n");
            return 130;
        }
    }

private:
    int show() {
        take_shop();
        start_nginx();
        heading("the first deployment: two web processes, an api, a worker");
        perform();
        start_traffic();
        serve_some(1000);
        heading("the next version, while visitors come");
        write_version("2");
        perform();
        serve_some(1000);
        const double back_ms = roll_back();
        const double measured = split_ten_percent();
        heading("convinced: all of it");
        teal({"upgrade", "switch", "green"});
        fail_to_deploy();
        heading("what there is now");
        teal({"upgrade", "status"});
        serve_some(500);
        load_->stop();
        const int code = tell(back_ms, measured);
        heading("all of it stopped");
        teal({"upgrade", "down", "--remove", "--yes"});
        deployed_ = false;
        return code;
    }

    teal::harness::ProcessOptions command(const std::vector<std::string>& words) const {
        std::vector<std::string> argv{TEAL_CLI_PATH};
        argv.insert(argv.end(), words.begin(), words.end());
        return {.argv = argv, .env = {{"TEAL_TABLE", table_}}, .directory = shop_};
    }

    // Runs a command of the CLI and shows it as a user would type it.
    void teal(const std::vector<std::string>& words, int wanted = 0) {
        std::string line = "$ teal";
        for (const std::string& word : words) {
            line += " " + word;
        }
        std::printf("%s\n", line.c_str());
        std::fflush(stdout);
        teal::harness::Process process(command(words));
        std::size_t shown = 0;
        for (bool ended = false; !ended;) {
            ended = process.wait(100ms);
            const std::string said = process.out();
            std::printf("%s", said.c_str() + shown);
            std::fflush(stdout);
            shown = said.size();
        }
        std::printf("%s", process.err().c_str());
        std::fflush(stdout);
        if (interrupted) {
            throw Interrupted{};  // the terminal's Ctrl-C reached the command too
        }
        if (process.exit_code() != wanted) {
            throw std::runtime_error("teal ended with exit code " +
                                     std::to_string(process.exit_code()) + ", not " +
                                     std::to_string(wanted));
        }
    }

    void perform() {
        deployed_ = true;
        teal({"upgrade", "perform", "--auto-switch", "--watch", "2"});
    }

    void take_shop() {
        shop_ = workspace_.path("shop");
        heading("the shop of conf/examples/procfile-shop, in " + shop_.string());
        std::filesystem::copy(TEAL_EXAMPLE_SHOP, shop_);
        workspace_.write("shop/teal.toml",
                         replaced(teal::harness::read_file(shop_ / "teal.toml"), "127.0.0.1:8080",
                                  "127.0.0.1:" + std::to_string(port_)));
        write_version("1");
        std::printf("%s", teal::harness::read_file(shop_ / "Procfile").c_str());
        teal({"init"});
    }

    void write_version(const std::string& version, const std::string& options = "") {
        std::string text =
            teal::harness::read_file(std::filesystem::path(TEAL_EXAMPLE_SHOP) / ".env");
        text = replaced(text, "SHOP_VERSION=1", "SHOP_VERSION=" + version);
        text = replaced(text, "../../../build/conf/demo/demo_app", TEAL_DEMO_APP_PATH);
        workspace_.write("shop/.env", text + "SHOP_OPTIONS=" + options + "\n");
        std::printf("%s\n", ("SHOP_VERSION=" + version + " in .env").c_str());
    }

    void start_nginx() {
        heading("nginx with the example's nginx.conf, 4 workers, on 127.0.0.1:" +
                std::to_string(port_));
        teal::harness::NginxOptions options;
        options.worker_processes = 4;
        options.http = replaced(
            replaced(teal::harness::read_file(shop_ / "nginx.conf"), "/run/teal/table", table_),
            "listen 127.0.0.1:8080", "listen 127.0.0.1:" + std::to_string(port_));
        nginx_ = std::make_unique<teal::harness::NginxServer>(workspace_, options);
        nginx_->start();
        std::printf("%s", options.http.c_str());
        std::printf("\nThe dashboard, while the demo runs: http://127.0.0.1:%u/teal/\n",
                    static_cast<unsigned>(port_));
    }

    void start_traffic() {
        heading("live traffic: 1000 visitors a second over 32 connections");
        load_ = std::make_unique<Load>(
            teal::harness::LoadOptions{.target = teal::harness::Endpoint::loopback(port_),
                                       .connections = 32,
                                       .fields = {{"Cookie", "session={n}"}},
                                       .rate = kRate});
        load_->start();
    }

    // Lets so many more requests be answered; ends the demo when Ctrl-C was pressed.
    void serve_some(std::uint64_t requests) {
        const std::uint64_t wanted = load_->total() + requests;
        teal::harness::wait_until([&] { return interrupted || load_->total() >= wanted; }, 60s,
                                  "answers");
        if (interrupted) {
            throw Interrupted{};
        }
        std::printf("   so far:");
        for (const std::string& name : load_->results().variants()) {
            std::printf(" %s %llu,", name.c_str(),
                        static_cast<unsigned long long>(load_->count(name)));
        }
        std::printf(" failed %llu\n", static_cast<unsigned long long>(load_->failed()));
        std::fflush(stdout);
    }

    // Milliseconds from the command's start to the last answer decided for the new version.
    double roll_back() {
        heading("back to the version before: it still runs");
        const std::uint64_t start = teal::harness::monotonic_ns();
        teal({"upgrade", "rollback"});
        serve_some(1000);
        const auto last = load_->last(kNew);
        if (!last) {
            throw std::runtime_error("the new version never answered");
        }
        return static_cast<double>(last->monotonic_ns - start) / 1e6;
    }

    // The new version's measured share in percent.
    double split_ten_percent() {
        heading("a canary: 10 % of the visitors see the new version");
        teal({"traffic", "set", "web", "green=10", "--state", "open"});
        const std::uint64_t old = load_->count(kOld);
        const std::uint64_t canary = load_->count(kNew);
        serve_some(5000);
        const auto more_old = static_cast<double>(load_->count(kOld) - old);
        const auto more_canary = static_cast<double>(load_->count(kNew) - canary);
        teal({"traffic", "show", "web"});
        return 100.0 * more_canary / (more_old + more_canary);
    }

    void fail_to_deploy() {
        heading("a version that answers every request with 500");
        write_version("3", "'--status 500'");
        workspace_.write("shop/Procfile",
                         replaced(teal::harness::read_file(shop_ / "Procfile"),
                                  "web, $TEAL_COLOR\"", "web, $TEAL_COLOR\" $SHOP_OPTIONS"));
        workspace_.write("shop/teal.toml", replaced(teal::harness::read_file(shop_ / "teal.toml"),
                                                    "\"/health 200\"", "\"/ 200\""));
        teal({"upgrade", "perform", "--auto-switch", "--timeout", "3"}, 3);
        serve_some(500);
    }

    int tell(double back_ms, double measured) {
        const auto results = load_->results();
        heading("in short");
        std::printf(
            "   requests sent                                      %8llu\n"
            "   failed                                             %8llu\n"
            "   the canary's share, set to 10 %%                    %7.2f %%\n"
            "   from `rollback` to the last decision for the other  %7.2f ms\n",
            static_cast<unsigned long long>(results.total()),
            static_cast<unsigned long long>(results.failed()), measured, back_ms);
        const std::vector<std::string> offences = nginx_->check_log();
        for (const std::string& line : offences) {
            std::printf("   nginx logged: %s\n", line.c_str());
        }
        return results.failed() == 0 && offences.empty() ? 0 : 1;
    }

    static constexpr char kOld[] = "blue";
    static constexpr char kNew[] = "green";

    teal::harness::Workspace workspace_;
    std::string table_;
    std::uint16_t port_;
    std::filesystem::path shop_;
    bool deployed_ = false;
    std::unique_ptr<teal::harness::NginxServer> nginx_;
    std::unique_ptr<Load> load_;
};

}  // namespace

int main() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    try {
        return Demo().run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "demo: %s\n", error.what());
        return 1;
    }
}
