// What a canary as good as its baseline would have counted at 1 000 attempts a second, written into
// the counters file as a worker does it: minutes of health for many splits at once, evaluated by
// the real guard at its real ticks, which no two cores could serve as requests.
#pragma once

#include "tests/bench/canaries.hpp"

#include <unistd.h>
#include <mutex>
#include <random>
#include <thread>

namespace teal::bench {

class HealthyCounts {
public:
    struct Share {
        double failing;
        bool watches_latency;
    };

    // shares[i]: of split i.
    HealthyCounts(Canaries& canaries, std::vector<Share> shares, double rate)
        : shares_(std::move(shares)), per_step_(rate * kStep_s) {
        int error = 0;
        if (file_.open(canaries.counters_path().c_str(), Access::read_write, &error) !=
            counters::Opened::ok) {
            throw std::runtime_error("the counters cannot be opened for writing");
        }
        slot_ = counters::claim_slot(file_, static_cast<std::uint32_t>(::getpid()), 0);
        if (slot_ == counters::kNoSlot) {
            throw std::runtime_error("no free slot in the counters");
        }
        for (int i = 0; i < canaries.count(); ++i) {
            first_variant_.push_back(file_.split(canaries.split_index(i)).first_variant);
        }
        thread_ = std::thread([this] { go_on(); });
    }
    ~HealthyCounts() {
        ends_ = true;
        thread_.join();
        counters::leave_slot(file_, slot_);
    }
    HealthyCounts(const HealthyCounts&) = delete;
    HealthyCounts& operator=(const HealthyCounts&) = delete;

    // Splits below `first` get no more: real requests take over.
    void leave_to(int first) {
        const std::lock_guard lock(mutex_);
        first_ = static_cast<std::size_t>(first);
    }

private:
    static constexpr double kStep_s = .01;

    void go_on() {
        auto next = std::chrono::steady_clock::now();
        while (!ends_) {
            {
                const std::lock_guard lock(mutex_);
                for (std::size_t i = first_; i < shares_.size(); ++i) {
                    count(i);
                }
            }
            next += std::chrono::microseconds(static_cast<long>(kStep_s * 1e6));
            std::this_thread::sleep_until(next);
        }
    }

    void count(std::size_t i) {
        const auto all = std::poisson_distribution<std::uint64_t>(per_step_)(random_);
        const auto canarys =
            std::binomial_distribution<std::uint64_t>(all, kCanaryPpm / 1e6)(random_);
        add(first_variant_[i], all - canarys, shares_[i]);
        add(first_variant_[i] + 1, canarys, shares_[i]);
    }

    void add(std::uint32_t variant, std::uint64_t done, const Share& share) {
        counters::VariantCounters& to = file_.counters(slot_, variant);
        add_own(to.watched_done, done);
        add_own(to.watched_bad,
                std::binomial_distribution<std::uint64_t>(done, share.failing)(random_),
                std::memory_order_release);
        if (share.watches_latency) {
            add_own(to.watched_in_time[0], done);
        }
    }

    std::vector<Share> shares_;
    double per_step_;
    counters::File file_;
    std::uint32_t slot_ = counters::kNoSlot;
    std::vector<std::uint32_t> first_variant_;
    std::mt19937_64 random_{20261125};
    std::mutex mutex_;
    std::size_t first_ = 0;
    std::atomic<bool> ends_{false};
    std::thread thread_;
};

}  // namespace teal::bench
