// A site whose split is held: what the tests of holds ask of it.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "shared/counters/sums.hpp"
#include "tests/harness/wait.hpp"
#include "tests/integration/site.hpp"

namespace teal::integration {

struct HeldSite : Site {
    explicit HeldSite(SiteOptions options = {}) : Site(std::move(options)) {}

    static std::uint64_t now_ns() {
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                              std::chrono::system_clock::now().time_since_epoch())
                                              .count());
    }
    static void set_hold(table::TableImage& image, std::chrono::milliseconds longest) {
        table::HoldSettings& hold = image.find("app")->hold;
        hold.set_unix_ns = now_ns();
        hold.started_unix_ns = hold.set_unix_ns;
        hold.until_unix_ns =
            hold.set_unix_ns + static_cast<std::uint64_t>(longest.count()) * 1'000'000;
    }
    static void clear_hold(table::TableImage& image) { image.find("app")->hold = {}; }

    void hold(std::chrono::milliseconds longest = std::chrono::seconds(60)) const {
        control.apply([&](table::TableImage& image) { set_hold(image, longest); });
    }
    void release() const { control.apply(clear_hold); }

    counters::HoldSums holds() const {
        const counters::File file = control.counters_file();
        return counters::hold_sums(file, counters::live_slots(file),
                                   counters::find_split(file, "app"));
    }
    void wait_for_waiting(std::uint64_t count) const {
        harness::wait_until([&] { return holds().waiting == count; }, std::chrono::seconds(20),
                            std::to_string(count) + " requests wait");
    }
    std::uint64_t in_flight() const {
        return counters::in_flight(control.counts("app", "blue")) +
               counters::in_flight(control.counts("app", "green"));
    }
    std::uint64_t at_backends() const { return blue.requests() + green.requests(); }

    // A request in a thread of its own.
    std::future<harness::HttpResponse> ask(const std::string& target = "/",
                                           const harness::Fields& fields = {}) const {
        return std::async(std::launch::async, [this, target, fields] {
            return harness::http_get(front(), target, fields, std::chrono::seconds(30));
        });
    }
    std::vector<std::future<harness::HttpResponse>> ask_many(
        int count, const std::string& target = "/") const {
        std::vector<std::future<harness::HttpResponse>> asked;
        for (int i = 0; i < count; ++i) {
            asked.push_back(ask(target));
        }
        return asked;
    }
};

}  // namespace teal::integration
