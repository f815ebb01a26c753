#include "tests/harness/load.hpp"

#include <algorithm>

#include "tests/harness/load_worker.hpp"
#include "tests/harness/wait.hpp"

namespace teal::harness {

Load::Load(LoadOptions options) : options_(std::move(options)) {
    options_.threads = std::clamp(options_.threads, 1U, std::max(1U, options_.connections));
}

Load::~Load() {
    stop();
}

void Load::start() {
    stop();
    stopping_ = false;
    workers_.clear();
    for (unsigned i = 0; i < options_.threads; ++i) {
        LoadOptions share = options_;
        share.connections = options_.connections / options_.threads +
                            (i < options_.connections % options_.threads ? 1 : 0);
        share.rate = options_.rate / options_.threads;
        workers_.push_back(
            std::make_unique<LoadWorker>(std::move(share), stopping_, running_number_));
    }
    for (const auto& worker : workers_) {
        threads_.emplace_back([each = worker.get()] { each->run(); });
    }
}

void Load::stop() {
    stopping_ = true;
    for (const auto& worker : workers_) {
        worker->wake();
    }
    for (auto& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

LoadResults Load::results() const {
    LoadResults all;
    for (const auto& worker : workers_) {
        worker->read([&](const LoadResults& results) { all.merge(results); });
    }
    return all;
}

std::uint64_t Load::total() const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_) {
        worker->read([&](const LoadResults& results) { sum += results.total(); });
    }
    return sum;
}

std::uint64_t Load::failed() const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_) {
        worker->read([&](const LoadResults& results) { sum += results.failed(); });
    }
    return sum;
}

std::uint64_t Load::count(std::string_view variant) const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_) {
        worker->read([&](const LoadResults& results) { sum += results.count(variant); });
    }
    return sum;
}

std::optional<LoadRecord> Load::last(std::string_view variant) const {
    std::optional<LoadRecord> latest;
    for (const auto& worker : workers_) {
        worker->read([&](const LoadResults& results) {
            const auto theirs = results.last(variant);
            if (theirs && (!latest || theirs->monotonic_ns > latest->monotonic_ns)) {
                latest = theirs;
            }
        });
    }
    return latest;
}

void Load::wait_for_more(std::uint64_t requests, std::chrono::milliseconds deadline) const {
    const auto wanted = total() + requests;
    wait_until([&] { return total() >= wanted; }, deadline,
               std::to_string(requests) + " more requests finished");
}

}  // namespace teal::harness
