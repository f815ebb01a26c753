// 10 000 requests held in one worker and released: whether any fails, whether answers keep their
// order on each connection, what a waiting request takes of the worker's memory, and how long it is
// from the publication that releases until the first and the last of them is answered.
//
// Each connection has a second request pipelined behind the one that waits.
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <sstream>
#include <vector>

#include "shared/counters/slots.hpp"
#include "shared/counters/sums.hpp"
#include "shared/table/paths.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/clocks.hpp"
#include "tests/harness/epoll_set.hpp"
#include "tests/harness/http_client.hpp"
#include "tests/harness/nginx_server.hpp"
#include "tests/harness/wait.hpp"

using namespace teal;
using namespace teal::bench;
using namespace teal::harness;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kConnections = 10'000;
constexpr char kFirst[] = "GET /bytes/11 HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char kSecond[] = "GET /bytes/22 HTTP/1.1\r\nHost: a\r\n\r\n";

// The clients are in this process, and the backend with some hundred connections at a time.
constexpr rlim_t kDescriptors = 15'000;

void allow_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < kDescriptors) {
        throw std::runtime_error("needs " + std::to_string(kDescriptors) +
                                 " descriptors: raise ulimit -n");
    }
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

struct Client {
    UniqueFd socket;
    std::string in;
    std::uint64_t first_answered_ns = 0;
    std::uint64_t both_answered_ns = 0;
    bool failed = false;

    // Answers must be whole, good, and in the order of the requests.
    void look() {
        const auto is_answer = [](std::string_view text, const char* length) {
            return text.starts_with("HTTP/1.1 200 ") &&
                   text.find(std::string("Content-Length: ") + length + "\r\n") !=
                       std::string_view::npos;
        };
        const auto end_of_first = in.find("\r\n\r\n");
        if (end_of_first == std::string::npos || in.size() < end_of_first + 4 + 11) {
            return;
        }
        const std::string_view first(in.data(), end_of_first + 4);
        if (first_answered_ns == 0) {
            first_answered_ns = monotonic_ns();
            failed = failed || !is_answer(first, "11");
        }
        const std::string_view rest = std::string_view(in).substr(end_of_first + 4 + 11);
        const auto end_of_second = rest.find("\r\n\r\n");
        if (end_of_second != std::string_view::npos && rest.size() >= end_of_second + 4 + 22) {
            both_answered_ns = monotonic_ns();
            failed = failed || !is_answer(rest, "22");
        }
    }
};

class Crowd {
public:
    explicit Crowd(const Endpoint& to) : clients_(kConnections) {
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            clients_[i].socket = to.connect(10s);
            if (!clients_[i].socket) {
                throw std::runtime_error("connection " + std::to_string(i) + " failed");
            }
            set_.add(clients_[i].socket.get(), EPOLLIN | EPOLLRDHUP, i);
        }
    }
    void send(const std::string& text) {
        for (Client& client : clients_) {
            if (::send(client.socket.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
                static_cast<ssize_t>(text.size())) {
                throw std::runtime_error("a request could not be sent");
            }
        }
    }
    void wait_for_answers(std::chrono::seconds patience) {
        const std::uint64_t until =
            monotonic_ns() + static_cast<std::uint64_t>(patience.count()) * 1'000'000'000;
        std::size_t open = clients_.size();
        while (open > 0 && monotonic_ns() < until) {
            for (const epoll_event& event : set_.wait(100)) {
                open -= receive(clients_[event.data.u64]) ? 1u : 0u;
            }
        }
    }
    const std::vector<Client>& clients() const { return clients_; }

private:
    // True when nothing more is to come.
    bool receive(Client& client) {
        char piece[4096];
        const ssize_t got = ::recv(client.socket.get(), piece, sizeof(piece), 0);
        if (got > 0) {
            client.in.append(piece, static_cast<std::size_t>(got));
            client.look();
        }
        const bool ended = got == 0 || (got < 0 && errno != EAGAIN);
        client.failed = client.failed || ended;
        if (ended || client.both_answered_ns != 0) {
            set_.remove(client.socket.get());
            return true;
        }
        return false;
    }

    std::vector<Client> clients_;
    EpollSet set_;
};

// Of /proc/PID/smaps_rollup, in KiB.
long private_kib(pid_t pid) {
    std::istringstream in(read_file("/proc/" + std::to_string(pid) + "/smaps_rollup"));
    long sum = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("Private_", 0) == 0) {
            sum += std::stol(line.substr(line.find(':') + 1));
        }
    }
    return sum;
}

counters::HoldSums holds(const std::string& table) {
    counters::File file;
    int error = 0;
    if (file.open(table::counters_path_of(table.c_str()).text, Access::read_only, &error) !=
        counters::Opened::ok) {
        throw std::runtime_error("the counters cannot be read");
    }
    return counters::hold_sums(file, counters::live_slots(file), counters::find_split(file, "app"));
}

table::TableImage image_with_hold(const std::string& path, std::uint64_t longest_s) {
    table::Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    table::TableImage image;
    if (reader.open(path.c_str(), &error, &version) != table::Health::ok ||
        table::read_image(reader, image) != table::Health::ok) {
        throw std::runtime_error("the table cannot be read");
    }
    table::HoldSettings& hold = image.find("app")->hold;
    hold = {};
    if (longest_s > 0) {
        hold.started_unix_ns = hold.set_unix_ns = realtime_ns();
        hold.until_unix_ns = hold.set_unix_ns + longest_s * 1'000'000'000;
    }
    return image;
}

double per_request_kib(long after, long before) {
    return static_cast<double>(after - before) / static_cast<double>(kConnections);
}

void measure() {
    allow_descriptors();
    Workspace workspace("bench");
    const Backend blue("blue");
    const Addresses to{blue.address(), blue.address()};
    BenchTable table;
    table.publish_app(to, 0);
    const std::uint16_t port = workspace.free_port();
    NginxServer nginx(workspace, {.http = teal_site(table.path(), port, 64),
                                  .worker_connections = 2 * static_cast<int>(kConnections),
                                  .log_level = "warn",
                                  .access_log = false});
    nginx.start();
    const pid_t worker = nginx.worker_pids().at(0);
    if (http_get(Endpoint::loopback(port), "/").status != 200) {
        throw std::runtime_error("the site does not answer");
    }
    const long empty = private_kib(worker);
    Crowd crowd(Endpoint::loopback(port));
    const long connected = private_kib(worker);
    table::TableImage held = image_with_hold(table.path(), 300);
    table.publish(held);
    const std::uint64_t before = blue.requests();
    crowd.send(std::string(kFirst) + kSecond);
    wait_until([&] { return holds(table.path()).waiting == kConnections; }, 60s, "all wait");
    const long waiting = private_kib(worker);
    const std::uint64_t reached = blue.requests() - before;
    table::TableImage free = image_with_hold(table.path(), 0);
    const table::Publication published = table.publish(free);
    crowd.wait_for_answers(120s);

    std::size_t failed = 0;
    std::uint64_t first_ns = ~std::uint64_t{0};
    std::uint64_t last_ns = 0;
    std::uint64_t all_ns = 0;
    for (const Client& client : crowd.clients()) {
        failed += client.failed || client.both_answered_ns == 0 ? 1u : 0u;
        first_ns = std::min(first_ns, client.first_answered_ns);
        last_ns = std::max(last_ns, client.first_answered_ns);
        all_ns = std::max(all_ns, client.both_answered_ns);
    }
    const auto ms = [&](std::uint64_t ns) {
        return number(static_cast<double>(ns - published.published_monotonic_ns) / 1e6, 1) + " ms";
    };
    const counters::HoldSums sums = holds(table.path());
    print_figure("10 000 requests held and released: failed, out of order, or at a backend before",
                 std::to_string(failed) + ", " + std::to_string(reached) + " (released " +
                     std::to_string(sums.released) + ")",
                 "", "0, 0", met_if(failed == 0 && reached == 0 && sums.released == kConnections));
    print_figure("memory of the worker for each held request, with its connection",
                 number(per_request_kib(waiting, empty), 2) + " KiB",
                 "an idle connection: " + number(per_request_kib(connected, empty), 2) + " KiB",
                 "stated", Met::stated);
    print_figure("from the release until the first, and the last of 10 000 is answered",
                 ms(first_ns) + ", " + ms(last_ns), "with 10 000 more behind them: " + ms(all_ns),
                 "stated", Met::stated);
}

}  // namespace

int main() try {
    measure();
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_hold: " << error.what() << "\n";
    return 1;
}
