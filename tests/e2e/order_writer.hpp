// Places orders in the compose shop, through nginx and one after the other, for as long as it
// lives, and remembers which number it was given by which version: what must be in the database in
// the end.
#pragma once

#include "tests/harness/endpoint.hpp"

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace teal::e2e {

using Orders = std::map<std::string, std::string>;  // number, version

class OrderWriter {
public:
    explicit OrderWriter(const harness::Endpoint& front);
    ~OrderWriter() { stop(); }
    OrderWriter(const OrderWriter&) = delete;
    OrderWriter& operator=(const OrderWriter&) = delete;

    void stop();
    // REQUIRES: stopped.
    const Orders& placed() const { return placed_; }
    // Statuses and errors of what was not answered with 201. REQUIRES: stopped.
    const std::vector<std::string>& failures() const { return failures_; }

private:
    void write(const harness::Endpoint& front);

    std::atomic<bool> stopping_{false};
    Orders placed_{};
    std::vector<std::string> failures_{};
    std::thread thread_;
};

// Rows of the table `orders` that PostgreSQL has, asked in the project's own container.
Orders orders_in(const std::string& project);

}  // namespace teal::e2e
