// Many canaries behind one nginx, all with the same two backends: what a benchmark needs that has
// to watch many of them for long. Split i is asked for by a path that ends in its number, as many
// digits as the largest has.
#pragma once

#include "shared/counters/slots.hpp"
#include "shared/counters/sums.hpp"
#include "shared/guard/state.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/paths.hpp"
#include "tests/bench/faulty_backend.hpp"
#include "tests/bench/sites.hpp"
#include "tests/harness/nginx_server.hpp"

namespace teal::bench {

inline constexpr std::uint32_t kCanaryPpm = 100'000;

class Canaries {
public:
    // `count`: at most 1000.
    explicit Canaries(int count) : count_(count) {
        for (int i = 0; i < count; ++i) {
            table::SplitImage split;
            split.name = name(i);
            split.salt = 0x7ea15a17u + static_cast<std::uint64_t>(i);
            split.variants.push_back(
                variant_image("blue", table::kTotalPpm - kCanaryPpm, baseline.address()));
            split.variants.push_back(variant_image("green", kCanaryPpm, canary.address()));
            split.apply_weights();
            image_.splits.push_back(split);
        }
        table_.publish(image_);
        nginx_.start();
        int error = 0;
        if (counters_.open(counters_path().c_str(), Access::read_only, &error) !=
            counters::Opened::ok) {
            throw std::runtime_error("the counters cannot be opened");
        }
    }

    int count() const { return count_; }
    harness::Endpoint endpoint() const { return harness::Endpoint::loopback(port_); }
    std::string path_of(int i) const { return "/" + digits(i); }

    // Arms the guards of [first, end), in one publication.
    void arm(int first, int end, table::GuardSettings guard) {
        guard.armed = 1;
        guard.canary = 1;
        guard.alpha_e9 = 100'000;  // 1e-4
        guard.armed_unix_ns = harness::realtime_ns();
        for (int i = first; i < end; ++i) {
            image_.splits[static_cast<std::size_t>(i)].guard = guard;
        }
        table_.publish(image_);
    }
    bool is_watched(int i) const {
        return state(i).armed_unix_ns ==
               image_.splits[static_cast<std::size_t>(i)].guard.armed_unix_ns;
    }

    guard::State state(int i) const {
        guard::State state;
        copy_from_shared(&state, counters_.split(split_index(i)).guard_state, sizeof(state));
        return state;
    }

    std::string counters_path() const {
        return table::counters_path_of(table_.path().c_str()).text;
    }
    std::uint32_t split_index(int i) const {
        return counters::find_split(counters_, name(i).c_str());
    }

    FaultyBackend baseline{"blue", 1};
    FaultyBackend canary{"green", 2};

private:
    std::string digits(int i) const {
        const std::string text = std::to_string(i);
        return std::string(width_ - text.size(), '0') + text;
    }
    std::string name(int i) const { return "app" + digits(i); }

    std::string site_text() const {
        std::string text = "teal_table " + table_.path() + ";\n" +
                           "map $uri $split { \"~(?<number>[0-9]{" + std::to_string(width_) +
                           "})$\" app$number; }\n";
        for (int i = 0; i < count_; ++i) {
            text += "teal_split " + name(i) +
                    " { variant blue; variant green; default blue; key $request_id; "
                    "retry safe; }\n" +
                    upstream_block(name(i), "teal " + name(i) + ";", 256);
        }
        return text + server_block(port_, "$split", "  proxy_read_timeout 30s;\n");
    }

    int count_;
    std::size_t width_ = std::to_string(count_ - 1).size();
    harness::Workspace workspace_{"bench"};
    BenchTable table_;
    table::TableImage image_;
    std::uint16_t port_ = workspace_.free_port();
    harness::NginxServer nginx_{
        workspace_,
        harness::NginxOptions{
            .http = site_text(), .worker_processes = 2, .log_level = "alert", .access_log = false}};
    counters::File counters_;
};

}  // namespace teal::bench
