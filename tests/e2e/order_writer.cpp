#include "tests/e2e/order_writer.hpp"

#include "tests/harness/docker_engine.hpp"
#include "tests/harness/http_client.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

namespace teal::e2e {

using namespace std::chrono_literals;

OrderWriter::OrderWriter(const harness::Endpoint& front)
    : thread_([this, front] { write(front); }) {}

void OrderWriter::stop() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

void OrderWriter::write(const harness::Endpoint& front) {
    harness::HttpConnection connection(front);
    while (!stopping_) {
        const harness::HttpResponse response = connection.request("POST", "/api/orders");
        const auto order = nlohmann::json::parse(response.body, nullptr, false);
        if (response.status == 201 && order.is_object()) {
            placed_[order["order"].dump()] = order["placed_by"].get<std::string>();
        } else {
            failures_.push_back(std::to_string(response.status) + " " + response.body);
        }
        // A pace, not a wait: some dozens of orders a second are enough.
        std::this_thread::sleep_for(20ms);
    }
}

Orders orders_in(const std::string& project) {
    std::istringstream lines(
        harness::docker_output({"exec", "--env", "PGPASSWORD=change-me", project + "-postgres-1",
                                "psql", "-h", "localhost", "-U", "shop", "--no-align",
                                "--tuples-only", "--command", "select id, placed_by from orders"}));
    Orders orders;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t bar = line.find('|');
        orders[line.substr(0, bar)] = line.substr(bar + 1);
    }
    return orders;
}

}  // namespace teal::e2e
