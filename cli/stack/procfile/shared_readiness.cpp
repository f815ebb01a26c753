#include "cli/stack/procfile/shared_readiness.hpp"

#include "cli/error.hpp"

#include <poll.h>

namespace teal::cli {
namespace {

using std::chrono::steady_clock;

constexpr int kBetweenLooks_ms = 100;

std::vector<ProbeTarget> targets_of(const Settings& settings,
                                    const std::vector<FoundProcess>& processes) {
    std::vector<ProbeTarget> targets;
    for (const FoundProcess& process : processes) {
        const auto said = settings.services.find(process.record.service);
        if (process.lives() && said != settings.services.end() && said->second.health) {
            targets.push_back({.name = process.name(),
                               .address = "127.0.0.1:" + std::to_string(process.record.port),
                               .spec = parse_probe("services." + process.record.service + ".health",
                                                   *said->second.health)});
        }
    }
    return targets;
}

}  // namespace

void await_shared(const Settings& settings, const std::vector<FoundProcess>& processes,
                  std::chrono::seconds patience, Progress& progress) {
    std::vector<ProbeTarget> waiting = targets_of(settings, processes);
    const auto give_up = steady_clock::now() + patience;
    while (!waiting.empty()) {
        const std::vector<ProbeAnswer> answers = probe_all(waiting);
        std::vector<ProbeTarget> left;
        std::string problem;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i].good) {
                progress.service(waiting[i].name, "answers");
                continue;
            }
            problem = waiting[i].name + " does not answer: " + answers[i].problem;
            left.push_back(waiting[i]);
        }
        waiting = std::move(left);
        if (!waiting.empty()) {
            if (steady_clock::now() >= give_up) {
                throw failure("shared process " + problem, "teal logs " + waiting.front().name);
            }
            poll(nullptr, 0, kBetweenLooks_ms);
        }
    }
}

}  // namespace teal::cli
