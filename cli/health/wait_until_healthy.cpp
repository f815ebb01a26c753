// The wait. Each round looks at all instances (cheap: one docker call) and asks those whose next
// probe is due. The alternative, a thread an instance, would ask no sooner and would need docker
// once an instance.
#include "cli/health/health_check.hpp"

#include "cli/error.hpp"
#include "cli/health/examination.hpp"
#include "cli/health/restart_watch.hpp"

#include <algorithm>
#include <thread>

namespace teal::cli {
namespace {

using std::chrono::steady_clock;

constexpr double kSoonest_s = 0.01;
constexpr double kBetweenLooks_s = 0.5;  // while instances start: docker is asked quickly
constexpr double kBetweenGoodAnswers_s = 0.25;
constexpr double kLongestProbe_s = 5.0;

// What is remembered of an instance from round to round. It is another one when its id changes; but
// a process that is started again has another id too, so restarts are counted on.
struct Memory {
    std::string id;
    std::uint32_t successes = 0;
    std::optional<ProbeAnswer> answer;
    steady_clock::time_point next_probe{};
    RestartWatch restarts;

    void forget_answers() {
        successes = 0;
        answer.reset();
        next_probe = {};
    }
};

class Wait {
public:
    Wait(Stack& stack, Color color, const HealthOptions& options, Progress& progress)
        : stack_(stack),
          color_(color),
          options_(options),
          progress_(progress),
          begun_(options.now()) {}

    HealthReport run() {
        (void)definition();  // wrong files are an error now, not at the end of the time
        while (true) {
            const bool seen = look();
            if (seen && report_.healthy) {
                return finish(false);
            }
            if (seen && is_hopeless()) {
                return finish(false);
            }
            if (left_s() <= 0.0) {
                return finish(true);
            }
            sleep();
        }
    }

private:
    const StackDefinition& definition() {
        return options_.definition != nullptr ? *options_.definition : stack_.definition();
    }

    double left_s() const {
        const std::chrono::duration<double> passed = options_.now() - begun_;
        return options_.timeout_s - passed.count();
    }

    // One round. False when docker did not answer: it may be about to be restarted.
    bool look() {
        try {
            report_.instances = options_.instances
                                    ? look_at(options_.instances(), definition())
                                    : look_at(stack_, definition(), color_, WithShared::no);
        } catch (const Error& error) {
            if (report_.problem != error.what()) {
                progress_.warning(error.what());
            }
            report_.problem = error.what();
            return false;
        }
        std::vector<InstanceHealth*> due;
        for (InstanceHealth& health : report_.instances) {
            if (recall(health).next_probe <= options_.now()) {
                due.push_back(&health);
            }
        }
        const double patience = std::max(options_.interval_s, kLongestProbe_s);
        ask_them(due, std::clamp(left_s(), 0.1, patience), options_.ask);
        for (InstanceHealth* health : due) {
            note_answer(*health);
        }
        for (InstanceHealth& health : report_.instances) {
            judge(health);
        }
        conclude(report_, color_);
        tell();
        return true;
    }

    // What was known of it; nothing of one that is new, or was replaced.
    Memory& recall(InstanceHealth& health) {
        Memory& memory = memories_[health.instance.name];
        if (memory.id != health.instance.id && !health.instance.id.empty()) {
            memory.id = health.instance.id;
            memory.forget_answers();
        }
        if (health.instance.state != InstanceState::running) {
            memory.forget_answers();
        }
        health.successes = memory.successes;
        health.answer = memory.answer;
        memory.restarts.see(health.instance);
        return memory;
    }

    void note_answer(const InstanceHealth& health) {
        Memory& memory = memories_[health.instance.name];
        if (!health.can_be_asked()) {
            return;
        }
        memory.successes = health.successes;
        memory.answer = health.answer;
        memory.next_probe = options_.now() + seconds(pause_after_s(health));
    }

    double pause_after_s(const InstanceHealth& health) const {
        double pause_s = options_.interval_s;
        if (health.answer->good && health.successes < options_.successes) {
            pause_s = kBetweenGoodAnswers_s;
        } else if (health.answer->status == 0) {
            pause_s = kBetweenLooks_s;  // nothing listens yet: asking again costs nothing
        }
        return std::min(pause_s, options_.interval_s);
    }

    void judge(InstanceHealth& health) {
        const Memory& memory = memories_[health.instance.name];
        if (memory.restarts.is_loop()) {
            health.problem =
                "starts again and again" +
                (health.instance.detail.empty() ? "" : " (" + health.instance.detail + ")");
            health.hopeless = true;
        } else if (health.instance.state == InstanceState::exited && !health.healthy()) {
            health.hopeless = true;
        } else if (health.probe && health.healthy() && health.successes < options_.successes) {
            health.problem = health.answer && !health.answer->good
                                 ? health.answer->problem
                                 : "answered " + std::to_string(health.successes) + " of " +
                                       std::to_string(options_.successes) + " times in a row";
        }
    }

    bool is_hopeless() const {
        return std::any_of(report_.instances.begin(), report_.instances.end(),
                           [](const InstanceHealth& each) { return each.needed && each.hopeless; });
    }

    // A line a service, when it has changed.
    void tell() {
        std::map<std::string, std::pair<unsigned, unsigned>> counts;  // healthy, all
        std::map<std::string, std::string> problems;
        for (const InstanceHealth& health : report_.instances) {
            auto& [good, all] = counts[health.instance.service];
            ++all;
            good += health.healthy() ? 1u : 0u;
            if (!health.healthy() && problems[health.instance.service].empty()) {
                problems[health.instance.service] = health.problem;
            }
        }
        for (const auto& [service, count] : counts) {
            std::string state =
                "healthy " + std::to_string(count.first) + " of " + std::to_string(count.second);
            if (!problems[service].empty()) {
                state += ", " + problems[service];
            }
            if (told_[service] != state) {
                told_[service] = state;
                progress_.service(service, state);
            }
        }
    }

    // Until the next probe is due, or docker is to be asked again.
    void sleep() const {
        double wait_s = std::min({kBetweenLooks_s, options_.interval_s, left_s()});
        for (const InstanceHealth& health : report_.instances) {
            const Memory& memory = memories_.at(health.instance.name);
            if (memory.next_probe != steady_clock::time_point{}) {
                const std::chrono::duration<double> due = memory.next_probe - options_.now();
                wait_s = std::min(wait_s, due.count());
            }
        }
        const auto wait = seconds(std::max(wait_s, kSoonest_s));
        if (options_.pause) {
            options_.pause(wait);
        } else {
            std::this_thread::sleep_for(wait);
        }
    }

    HealthReport finish(bool timed_out) {
        report_.timed_out = timed_out;
        report_.seconds = options_.timeout_s - left_s();
        if (!report_.healthy) {
            add_last_lines(stack_, report_);
        }
        return std::move(report_);
    }

    static steady_clock::duration seconds(double value) {
        return std::chrono::duration_cast<steady_clock::duration>(
            std::chrono::duration<double>(value));
    }

    Stack& stack_;
    Color color_;
    const HealthOptions& options_;
    Progress& progress_;
    steady_clock::time_point begun_;
    HealthReport report_;
    std::map<std::string, Memory> memories_;
    std::map<std::string, std::string> told_;
};

}  // namespace

HealthReport wait_until_healthy(Stack& stack, Color color, const HealthOptions& options,
                                Progress& progress) {
    return Wait(stack, color, options, progress).run();
}

}  // namespace teal::cli
