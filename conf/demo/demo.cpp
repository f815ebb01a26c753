// `make demo`: two versions of a small web application behind a private nginx, live traffic, and
// what Teal does with it: an instant switch, a 10 % split, and the way back. Everything runs on
// loopback in a private directory, and is gone at the end, also after Ctrl-C.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
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

class Demo {
public:
    Demo()
        : workspace_("demo"),
          table_((workspace_.make_directory("run") / "table").string()),
          port_(workspace_.free_port()) {}

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
        start_applications();
        make_table();
        start_nginx();
        start_traffic();
        serve_some(1000);
        const double switch_ms = switch_to_green();
        const double measured = split_ten_percent();
        heading("per variant");
        teal({"traffic", "show", "app"});
        heading("and back");
        teal({"traffic", "set", "app", "blue=100"});
        serve_some(500);
        load_->stop();
        return tell(switch_ms, measured);
    }

    // Runs a command of the CLI and shows it as a user would type it.
    std::string teal(const std::vector<std::string>& words, bool show = true) {
        std::vector<std::string> argv{TEAL_CLI_PATH};
        argv.insert(argv.end(), words.begin(), words.end());
        const auto result = teal::harness::run(
            teal::harness::ProcessOptions{.argv = argv, .env = {{"TEAL_TABLE", table_}}});
        if (show) {
            std::string line = "$ teal";
            for (const std::string& word : words) {
                line += " " + word;
            }
            std::printf("%s\n%s%s", line.c_str(), result.out.c_str(), result.err.c_str());
            std::fflush(stdout);
        }
        if (interrupted) {
            throw Interrupted{};  // the terminal's Ctrl-C reached the command too
        }
        if (result.exit_code != 0) {
            throw std::runtime_error("teal ended with exit code " +
                                     std::to_string(result.exit_code) + "\n" + result.err);
        }
        return result.out;
    }

    void start_applications() {
        heading("two versions of an application, one process each");
        for (const std::string name : {"blue", "green"}) {
            const std::string port = std::to_string(workspace_.free_port());
            addresses_.push_back("127.0.0.1:" + port);
            applications_.push_back(
                std::make_unique<teal::harness::Process>(teal::harness::ProcessOptions{
                    .argv = {TEAL_DEMO_APP_PATH, "--port", port, "--name", name}}));
            teal::harness::Process& application = *applications_.back();
            teal::harness::wait_until(
                [&] { return application.out().find("serves on") != std::string::npos; }, 10s,
                name + " to serve");
            std::printf("%s", application.out().c_str());
        }
    }

    void make_table() {
        heading("a table with one split; 100 % on blue");
        teal({"init", "--split", "app", "--variants", "blue,green"});
        teal({"traffic", "endpoints", "app", "blue", "set", addresses_[0]});
        teal({"traffic", "endpoints", "app", "green", "set", addresses_[1]});
    }

    void start_nginx() {
        heading("nginx with the module, 4 workers, on 127.0.0.1:" + std::to_string(port_));
        teal::harness::NginxOptions options;
        options.worker_processes = 4;
        options.http = "teal_table " + table_ +
                       ";\n"
                       "teal_split app {\n"
                       "    variant blue;\n"
                       "    variant green;\n"
                       "    default blue;\n"
                       "    key     $cookie_session $remote_addr$http_user_agent;\n"
                       "    pin     $http_x_teal_variant;\n"
                       "}\n"
                       "upstream app { teal app; keepalive 64; }\n"
                       "server {\n"
                       "    listen 127.0.0.1:" +
                       std::to_string(port_) +
                       ";\n"
                       "    location / {\n"
                       "        proxy_pass http://app;\n"
                       "        proxy_http_version 1.1;\n"
                       "        proxy_set_header Connection \"\";\n"
                       "        add_header X-Variant $teal_app always;\n"
                       "    }\n"
                       "    location = /teal/status { teal_status; }\n"
                       "}\n";
        nginx_ = std::make_unique<teal::harness::NginxServer>(workspace_, options);
        nginx_->start();
        std::printf("%s", options.http.c_str());
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
        std::printf("   so far: blue %llu, green %llu, failed %llu\n",
                    static_cast<unsigned long long>(load_->count("blue")),
                    static_cast<unsigned long long>(load_->count("green")),
                    static_cast<unsigned long long>(load_->failed()));
        std::fflush(stdout);
    }

    // Milliseconds from the command's start to the last answer decided for blue.
    double switch_to_green() {
        heading("the switch");
        const std::uint64_t start = teal::harness::monotonic_ns();
        teal({"traffic", "set", "app", "green=100"});
        const std::uint64_t returned = teal::harness::monotonic_ns();
        serve_some(1000);
        const auto last_blue = load_->last("blue");
        if (!last_blue) {
            throw std::runtime_error("blue never answered");
        }
        if (last_blue->monotonic_ns > returned) {
            std::printf("   a last answer of blue was under way when the command returned\n");
        }
        return static_cast<double>(last_blue->monotonic_ns - start) / 1e6;
    }

    // Green's measured share in percent.
    double split_ten_percent() {
        heading("a canary: 10 % of the visitors");
        teal({"traffic", "set", "app", "green=10"});
        const std::uint64_t blue = load_->count("blue");
        const std::uint64_t green = load_->count("green");
        serve_some(5000);
        const auto more_blue = static_cast<double>(load_->count("blue") - blue);
        const auto more_green = static_cast<double>(load_->count("green") - green);
        return 100.0 * more_green / (more_blue + more_green);
    }

    int tell(double switch_ms, double measured) {
        const auto results = load_->results();
        heading("in short");
        std::printf(
            "   requests sent                                   %8llu\n"
            "   failed                                          %8llu\n"
            "   share of green, set to 10 %%                     %7.2f %%\n"
            "   from command to the last decision for blue      %7.2f ms\n",
            static_cast<unsigned long long>(results.total()),
            static_cast<unsigned long long>(results.failed()), measured, switch_ms);
        const std::vector<std::string> offences = nginx_->finish();
        for (const std::string& line : offences) {
            std::printf("   nginx logged: %s\n", line.c_str());
        }
        return results.failed() == 0 && offences.empty() ? 0 : 1;
    }

    teal::harness::Workspace workspace_;
    std::string table_;
    std::uint16_t port_;
    std::vector<std::string> addresses_;
    std::vector<std::unique_ptr<teal::harness::Process>> applications_;
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
