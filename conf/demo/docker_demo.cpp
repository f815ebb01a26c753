// `make demo-docker`: the shop of conf/examples/compose-shop, deployed on a real docker engine
// while visitors come: version 1, version 2 beside it, and the way back. nginx is a private one,
// names in docker are this run's own, and everything is gone at the end, also after Ctrl-C; only
// docker's build cache and the base image stay, so that the next run is quick.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/docker_project.hpp"
#include "tests/harness/load.hpp"
#include "tests/harness/process.hpp"

namespace {

using namespace std::chrono_literals;
using teal::harness::Load;

std::atomic<bool> interrupted{false};

struct Interrupted {};

void say(const std::string& text) {
    std::printf("%s", text.c_str());
    std::fflush(stdout);
}

void heading(const std::string& text) {
    say("\n== " + text + "\n");
}

// One line of the table at the end.
struct Step {
    std::string what;
    double seconds = 0;
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
};

class DockerDemo {
public:
    // Exit code. Ctrl-C is answered in here, not by letting an exception leave: a workspace that an
    // exception unwinds is kept for inspection.
    int run() {
        try {
            return show();
        } catch (const Interrupted&) {
            say("\ninterrupted; everything is being stopped and removed\n");
            return 130;
        } catch (const std::exception& error) {
            if (interrupted) {
                return 130;
            }
            std::fprintf(stderr, "demo-docker: %s\n", error.what());
            return 1;
        }
    }

private:
    int show() {
        heading("docker, its base image, a private nginx; conf/examples/compose-shop");
        teal::harness::need_docker_engine();
        end_if_interrupted();
        site_ = std::make_unique<teal::harness::ComposeSite>(teal::harness::ComposeSiteOptions{
            .project = teal::harness::unique_project_name("tealdemo"),
            .env = {{"TEAL_WATCH", "2"}, {"HEALTH_CHECK_TIMEOUT", "120"}}});
        heading("version 1: its images are built, which takes a minute the first time");
        site_->put_shop("1");
        teal({"upgrade", "perform", "--auto-switch"});
        visit();
        heading("100 pages and 50 lists of orders a second, from now on");
        pages_ = site_->start_load("/", 100, 8);
        orders_ = site_->start_load("/api/orders", 50, 4);
        wait_for(100);
        heading("version 2, beside version 1");
        site_->put_shop("2");
        step("version 1 to 2, built and deployed", {"upgrade", "perform", "--auto-switch"});
        visit();
        heading("and back");
        step("back to version 1, which still runs", {"upgrade", "rollback"});
        visit();
        teal({"upgrade", "status"});
        pages_->stop();
        orders_->stop();
        return tell();
    }

    // Runs a command of the CLI and shows it, and what it says as it says it.
    void teal(const std::vector<std::string>& words) {
        std::string line = "$ teal";
        for (const std::string& word : words) {
            line += " " + word;
        }
        say(line + "\n");
        teal::harness::Process command(site_->process(words));
        std::size_t shown = 0;
        const auto show_more = [&] {
            const std::string out = command.out();
            say(out.substr(shown));
            shown = out.size();
        };
        while (!command.wait(100ms)) {
            show_more();
            if (interrupted) {
                command.signal(SIGTERM);  // the terminal's Ctrl-C has reached it already
                command.wait(10s);
            }
        }
        show_more();
        say(command.err());
        end_if_interrupted();
        if (command.exit_code() != 0) {
            throw std::runtime_error("teal ended with exit code " +
                                     std::to_string(command.exit_code()));
        }
    }

    std::uint64_t requests() const { return pages_->total() + orders_->total(); }
    std::uint64_t failed() const { return pages_->failed() + orders_->failed(); }

    void step(const std::string& what, const std::vector<std::string>& words) {
        Step step{.what = what, .requests = requests(), .failed = failed()};
        const auto started = std::chrono::steady_clock::now();
        teal(words);
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
        wait_for(100);
        step.seconds = passed.count();
        step.requests = requests() - step.requests;
        step.failed = failed() - step.failed;
        steps_.push_back(step);
    }

    // Lets so many more requests be answered.
    void wait_for(std::uint64_t more) {
        pages_->wait_for_more(more, 60s);
        end_if_interrupted();
    }

    static void end_if_interrupted() {
        if (interrupted) {
            throw Interrupted{};
        }
    }

    void visit() { say("   at / answers " + site_->served() + "\n"); }

    int tell() {
        heading("in short");
        say("   step                                    requests   failed   seconds\n");
        for (const Step& step : steps_) {
            std::printf("   %-38s %9llu %8llu %9.2f\n", step.what.c_str(),
                        static_cast<unsigned long long>(step.requests),
                        static_cast<unsigned long long>(step.failed), step.seconds);
        }
        std::printf("   %-38s %9llu %8llu\n", "all in all",
                    static_cast<unsigned long long>(requests()),
                    static_cast<unsigned long long>(failed()));
        const std::vector<std::string> offences = site_->nginx->finish();
        for (const std::string& line : offences) {
            std::printf("   nginx logged: %s\n", line.c_str());
        }
        return failed() == 0 && offences.empty() ? 0 : 1;
    }

    std::unique_ptr<teal::harness::ComposeSite> site_{};
    std::unique_ptr<Load> pages_{};
    std::unique_ptr<Load> orders_{};
    std::vector<Step> steps_{};
};

}  // namespace

int main() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    return DockerDemo().run();
}
