#include "tests/harness/wait.hpp"

#include <algorithm>
#include <thread>

namespace teal::harness {

namespace {
constexpr std::chrono::microseconds kFirstPause{50};
constexpr std::chrono::microseconds kLongestPause{5000};
}  // namespace

bool becomes_true(const std::function<bool()>& condition, std::chrono::milliseconds deadline) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    auto pause = kFirstPause;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            return condition();
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
    return true;
}

void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline,
                const std::string& what) {
    if (!becomes_true(condition, deadline)) {
        throw DeadlineExceeded("not within " + std::to_string(deadline.count()) + " ms: " + what);
    }
}

}  // namespace teal::harness
