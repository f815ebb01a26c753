#include "cli/rolling/beside_step.hpp"

#include "cli/error.hpp"
#include "cli/rolling/entry_traffic.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

constexpr std::size_t kMostStarts = 3;  // of each instance

class BesideStep {
public:
    BesideStep(RollingRun& run, const PlannedStep& step, Version version)
        : run_(run), step_(step), version_(version) {
        const Service* service = run.definition(version).find(step.service);
        if (service != nullptr && service->entry) {
            traffic_.emplace(run, *service);
        }
    }

    void go() {
        run_.say(step_.service, version_);
        look();
        // So many serve at every moment.
        const std::size_t floor =
            std::min<std::size_t>(step_.replicas, count_running(right_) + count_running(others_));
        const std::size_t batch = std::max<std::uint32_t>(1, run_.options.batch);
        while (right_.size() < step_.replicas || !others_.empty()) {
            const std::size_t missing =
                step_.replicas - std::min<std::size_t>(step_.replicas, right_.size());
            if (missing > 0) {
                start(std::min(batch, missing));
            }
            const std::size_t serving = count_running(right_) + count_running(others_);
            const std::size_t spare = serving - std::min(floor, serving);
            const std::size_t ended = others_.size() - count_running(others_);
            retire(std::min(others_.size(), ended + (missing > batch ? batch : spare)));
            look();
        }
        while (right_.size() > step_.replicas) {
            others_.assign(1, right_.front());
            retire(1);
            look();
        }
    }

private:
    static std::size_t count_running(const std::vector<Instance>& instances) {
        return static_cast<std::size_t>(std::count_if(
            instances.begin(), instances.end(),
            [](const Instance& instance) { return instance.state == InstanceState::running; }));
    }

    // Those that run no longer go first.
    void look() {
        right_.clear();
        others_.clear();
        for (VersionedInstance& found : run_.replacing.instances(step_.service)) {
            const bool right =
                found.version == version_ && found.instance.state == InstanceState::running;
            (right ? right_ : others_).push_back(std::move(found.instance));
        }
        std::stable_partition(others_.begin(), others_.end(), [](const Instance& instance) {
            return instance.state != InstanceState::running;
        });
    }

    void start(std::size_t count) {
        started_ += count;
        if (started_ > kMostStarts * step_.replicas) {
            throw Error(ExitCode::deployment_failed,
                        step_.service + " gets healthy and ends again, again and again",
                        "teal logs " + step_.service);
        }
        const std::vector<Instance> started = run_.replacing.start_beside(
            step_.service, version_, static_cast<std::uint32_t>(count), run_.job.progress);
        await_healthy(run_, step_, version_, started);
        std::vector<Instance> now;
        for (const VersionedInstance& found : run_.replacing.instances(step_.service)) {
            const bool ours = std::any_of(started.begin(), started.end(), [&](const Instance& one) {
                return one.id == found.instance.id;
            });
            if (ours) {
                now.push_back(found.instance);
            }
        }
        if (traffic_) {
            traffic_->test(now);
            traffic_->add(now);
            if (!watched_ && version_ == Version::target) {
                traffic_->watch(now);
                watched_ = true;
            }
        }
        right_.insert(right_.end(), now.begin(), now.end());
    }

    void retire(std::size_t count) {
        const std::vector<Instance> leaving(others_.begin(),
                                            others_.begin() + static_cast<std::ptrdiff_t>(count));
        if (leaving.empty()) {
            return;
        }
        if (traffic_) {
            const std::uint64_t left = traffic_->remove(leaving);
            if (left > 0) {
                run_.step(step_.service).left_in_flight += left;
                run_.job.progress.note(
                    fmt::format("{} requests of {} are still in flight after {:g} s", left,
                                step_.service, run_.options.drain_timeout_s));
            }
        }
        for (const Instance& instance : leaving) {
            run_.replacing.retire(instance, run_.job.progress);
        }
    }

    RollingRun& run_;
    const PlannedStep& step_;
    Version version_;
    std::optional<EntryTraffic> traffic_{};
    std::vector<Instance> right_;   // running, of the version
    std::vector<Instance> others_;  // all else of the service
    std::size_t started_ = 0;
    bool watched_ = false;
};

}  // namespace

void roll_beside(RollingRun& run, const PlannedStep& step, Version version) {
    BesideStep(run, step, version).go();
}

}  // namespace teal::cli
