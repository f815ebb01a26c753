// Waiting for a condition instead of for a time: a fixed sleep is either too short on a busy
// machine or too long on every other one.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

namespace teal::harness {

// A condition did not become true in time; what() names the condition and the deadline.
class DeadlineExceeded : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Asks `condition` again and again (pauses grow from 50 us to 5 ms) and returns whether it became
// true within `deadline`. Asks at least once, and once more when the deadline has passed.
bool becomes_true(const std::function<bool()>& condition, std::chrono::milliseconds deadline);

// Same, but throws DeadlineExceeded naming `what` when it did not.
void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds deadline,
                const std::string& what);

}  // namespace teal::harness
