#include "tests/harness/failure_report.hpp"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>

namespace teal::harness {

namespace {

std::atomic<unsigned long> failures{0};

struct Installed {
    std::mutex mutex;
    FailureCallback callback;
};

Installed& installed() {
    static Installed instance;
    return instance;
}

}  // namespace

void on_failure(FailureCallback callback) {
    Installed& target = installed();
    const std::lock_guard lock(target.mutex);
    target.callback = std::move(callback);
}

void report_failure(const std::string& message) noexcept {
    failures.fetch_add(1);
    try {
        FailureCallback callback;
        {
            Installed& source = installed();
            const std::lock_guard lock(source.mutex);
            callback = source.callback;
        }
        if (callback) {
            callback(message);
        } else {
            std::fprintf(stderr, "harness failure: %s\n", message.c_str());
        }
    } catch (...) {
        // Catch2 throws here when it was told to stop at the first failure; the failure is
        // recorded.
    }
}

unsigned long reported_failures() noexcept {
    return failures.load();
}

}  // namespace teal::harness
