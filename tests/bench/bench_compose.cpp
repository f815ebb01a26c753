// Deployments of the compose shop on a real docker engine: what fails under load, how long a
// rollback takes, what `perform` takes beyond `docker compose up --build --wait` for the same
// stack, and `teal status` with fifty containers.
#include "tests/bench/figure.hpp"
#include "tests/bench/samples.hpp"
#include "tests/harness/clocks.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/docker_project.hpp"

#include <algorithm>
#include <iostream>
#include <stdexcept>

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

double seconds(const RunResult& result) {
    if (result.exit_code != 0) {
        throw std::runtime_error(result.out + result.err);
    }
    return static_cast<double>(result.wall.count()) / 1e6;
}

// What the user would have typed instead, of the same files under another name.
double compose_up(const ComposeSite& site) {
    const std::string project = unique_project_name("tealplain");
    ProcessOptions command{.argv = {"docker", "compose", "--project-name", project, "up", "--build",
                                    "--wait", "--detach"},
                           .env = {{"COMPOSE_PROJECT_NAME", project}},
                           .directory = site.project};
    const RunResult up = run(command, 300s);
    remove_docker_project(project);
    return seconds(up);
}

double first_perform(const std::string& version) {
    ComposeSite site;
    site.put_shop(version);
    return seconds(site.perform({"--build", "--watch", "0"}));
}

// Both from nothing, databases included; images were built before, and change in their last layer.
void measure_beyond_compose(int rounds) {
    std::vector<double> teal_s;
    std::vector<double> compose_s;
    ComposeSite files;
    files.put_shop("warm");
    compose_up(files);
    for (int i = 0; i < rounds; ++i) {
        files.put_shop("c" + std::to_string(i));
        compose_s.push_back(compose_up(files));
        teal_s.push_back(first_perform("t" + std::to_string(i)));
    }
    const double beyond = median(teal_s) - median(compose_s);
    print_figure(
        "compose: a first `perform` without watch beyond `docker compose up --build "
        "--wait`: median s of " +
            std::to_string(rounds),
        number(beyond, 2), number(median(teal_s), 2) + " against " + number(median(compose_s), 2),
        "<= 2", met_if(beyond <= 2));
}

void measure_under_load(int rounds) {
    ComposeSite site;
    site.put_shop("1");
    seconds(site.perform());
    auto pages = site.start_load("/", 200, 8);
    auto orders = site.start_load("/api/orders", 50, 4);
    std::vector<double> rollback_ms;
    for (int i = 2; i < rounds + 2; ++i) {
        const std::string version = std::to_string(i);
        site.put_shop(version);
        seconds(site.perform({"--watch", "0"}));
        pages->wait_for_more(100, 20s);
        const std::uint64_t start = monotonic_ns();
        const RunResult back = site.teal({"upgrade", "rollback"});
        const double wall_ms = seconds(back) * 1e3;
        pages->wait_for_more(100, 20s);
        const double last_ms =
            static_cast<double>(pages->last("web-" + version).value().monotonic_ns - start) / 1e6;
        rollback_ms.push_back(std::max(wall_ms, last_ms));
    }
    pages->stop();
    orders->stop();
    const std::uint64_t failed = pages->results().failed() + orders->results().failed();
    print_figure("compose: failed requests of " +
                     std::to_string(pages->results().total() + orders->results().total()) + " in " +
                     std::to_string(rounds) + " deployments and " + std::to_string(rounds) +
                     " rollbacks",
                 std::to_string(failed), "", "0", met_if(failed == 0));
    print_figure("compose: rollback to a running stack, process and last answer: median ms",
                 number(median(rollback_ms), 1), "", "<= 50", met_if(median(rollback_ms) <= 50));
}

void measure_status() {
    ComposeSite site;
    site.write("compose.yaml",
               "services:\n  many:\n    image: " + std::string(kBaseImage) +
                   "\n    command: [sleep, infinity]\n    init: true\n    scale: 49\n"
                   "  web:\n    image: " +
                   kBaseImage +
                   "\n    command: [perl, -MIO::Socket::INET, -e, 'my $$l = "
                   "IO::Socket::INET->new(LocalPort => 3000, Listen => 9, ReuseAddr => 1); while "
                   "(my $$c = $$l->accept) { while (<$$c>) { last if /^\\r?$$/ } print $$c "
                   "\"HTTP/1.0 200 OK\\r\\nX-Served-By: web\\r\\n\\r\\n\"; }']\n"
                   "    init: true\n    labels: {teal.entry: \"3000\", teal.split: web}\n");
    seconds(site.perform({"--watch", "0", "--timeout", "120"}));
    std::vector<double> wall_s;
    for (int i = 0; i < 11; ++i) {
        wall_s.push_back(seconds(site.teal({"status"})));
    }
    print_figure(
        "`teal status` with 50 containers, its 0.2 s of looking at traffic included: median "
        "s of 11",
        number(median(wall_s), 2), "", "<= 0.5", met_if(median(wall_s) <= 0.5));
}

}  // namespace

int main(int argc, char** argv) try {
    const int deployments = argc > 1 ? std::atoi(argv[1]) : 20;
    const int first_ones = argc > 2 ? std::atoi(argv[2]) : 5;
    need_docker_engine();
    measure_status();
    measure_beyond_compose(first_ones);
    measure_under_load(deployments);
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_compose: " << error.what() << "\n";
    return 1;
}
