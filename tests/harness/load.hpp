// A load generator in threads of its own: N keepalive connections to one address, each sending the
// next request when the last is answered (closed loop), or at a given rate (open loop: latency
// counts from when a request was due, so a server's pause is seen in full).
//
// Thread-safety: every member may be called from any thread; start/stop from one at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/harness/endpoint.hpp"
#include "tests/harness/load_record.hpp"

namespace teal::harness {

class LoadWorker;

struct LoadOptions {
    Endpoint target;
    unsigned connections = 16;
    std::string path = "/";  // "{n}" becomes a running number, here and in fields' values
    std::string host = "localhost";
    std::vector<std::pair<std::string, std::string>> fields{};  // {"Cookie", "session={n}"}
    double rate = 0;  // requests per second over all connections; 0: closed loop
    unsigned threads = 1;
    std::vector<std::string> variant_fields{"X-Variant",
                                            "X-Served-By"};  // first one present counts
    std::chrono::milliseconds timeout{5000};                 // per request
    std::chrono::milliseconds longest{60000};  // a load that nobody stops ends by itself
    bool idle_cut_fails = true;  // false where a server may close idle connections (reload)
    // A request that a kept connection was closed on before any answer is sent again, once: for a
    // server that is reloaded, not for one that dies.
    bool sends_again = false;
};

class Load {
public:
    explicit Load(LoadOptions options);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    // Starts; results of a former run are dropped.
    void start();
    // Sends nothing new, waits for the answers that are due (at most the timeout), ends the
    // threads.
    void stop();

    // Results so far, copied: a snapshot of the records costs 32 bytes per request.
    LoadResults results() const;
    // Cheap, for waiting: answers and failures, failures, answers of one variant; latest answer of
    // it.
    std::uint64_t total() const;
    std::uint64_t failed() const;
    std::uint64_t count(std::string_view variant) const;
    std::optional<LoadRecord> last(std::string_view variant) const;
    // Waits until that many more requests have finished. Throws DeadlineExceeded.
    void wait_for_more(std::uint64_t requests, std::chrono::milliseconds deadline) const;

private:
    LoadOptions options_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> running_number_{0};
    std::vector<std::unique_ptr<LoadWorker>> workers_;
    std::vector<std::thread> threads_;
};

}  // namespace teal::harness
