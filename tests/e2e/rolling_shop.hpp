// The compose shop with two loads on it, for the tests of rolling updates: what runs and serves of
// which version, and what a run has written down.
#pragma once

#include "tests/catch.hpp"
#include "tests/harness/compose_site.hpp"
#include "tests/harness/docker_engine.hpp"
#include "tests/harness/docker_project.hpp"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace teal::e2e {

// The shop whose version 1 serves, and the load on it.
class RollingShop {
public:
    RollingShop() {
        site.put_shop("1");
        const harness::RunResult first = site.perform({"--watch", "0"});
        INFO(first.out << first.err);
        REQUIRE(first.exit_code == 0);
        pages = patient_load("/", 100, 8);
        orders = patient_load("/api/orders", 50, 4);
    }

    // Held requests may wait longer than most tests let theirs.
    std::unique_ptr<harness::Load> patient_load(const std::string& path, double rate,
                                                unsigned connections) const {
        auto load = std::make_unique<harness::Load>(
            harness::LoadOptions{.target = site.front(),
                                 .connections = connections,
                                 .path = path,
                                 .rate = rate,
                                 .variant_fields = {"X-Served-By"},
                                 .timeout = std::chrono::seconds(40),
                                 .longest = std::chrono::minutes(20)});
        load->start();
        return load;
    }

    harness::RunResult roll(std::vector<std::string> more = {}) const {
        std::vector<std::string> words{"upgrade", "rolling", "--watch", "0.2"};
        words.insert(words.end(), more.begin(), more.end());
        return site.teal(std::move(words), std::chrono::seconds(300));
    }
    harness::RunResult must_roll(std::vector<std::string> more = {}) const {
        harness::RunResult result = roll(std::move(more));
        INFO(result.out << result.err);
        REQUIRE(result.exit_code == 0);
        return result;
    }
    void check_serves(const std::string& version) const {
        CHECK(site.served() == "web-" + version);
        CHECK(site.served("/api/health") == "api-" + version);
        CHECK(site.active() == "blue");
        CHECK(site.endpoints("web", "blue").size() == 2);
        CHECK(site.endpoints("api", "blue").size() == 1);
        CHECK(site.endpoints("web", "green").empty());
        CHECK(harness::containers_of(site.name + "-blue").size() == 4);  // web twice, api, worker
        CHECK(harness::containers_of(site.name + "-green").empty());
        CHECK(harness::containers_of(site.name).size() == 2);  // PostgreSQL and Redis, once
    }
    void check_no_failure() {
        pages->wait_for_more(30, std::chrono::seconds(20));
        orders->wait_for_more(15, std::chrono::seconds(20));
        INFO(pages->results().summary() << "\n" << orders->results().summary());
        CHECK(pages->failed() == 0);
        CHECK(orders->failed() == 0);
    }
    // Attempts on instances that failed, although a retry hid them from the visitors.
    std::uint64_t failed_attempts() const {
        const nlohmann::json shown = nlohmann::json::parse(
            site.must({"traffic", "show", "web", "api", "--interval", "0", "--json"}));
        std::uint64_t failed = 0;
        for (const nlohmann::json& split : shown.at("splits")) {
            for (const nlohmann::json& variant : split.at("variants")) {
                failed += variant.at("errors").get<std::uint64_t>();
            }
        }
        return failed;
    }
    std::string id_of(const std::string& service) const {
        return harness::docker_output({"ps", "--no-trunc", "--quiet", "--filter",
                                       "label=com.docker.compose.project=" + site.name, "--filter",
                                       "label=com.docker.compose.service=" + service});
    }
    nlohmann::json record() const {
        return nlohmann::json::parse(site.read(".teal/deployments/rolling.json"));
    }
    std::string state_of(const std::string& service) const {
        const nlohmann::json run = record();
        for (const nlohmann::json& step : run.at("steps")) {
            if (step.at("service") == service) {
                return step.at("state");
            }
        }
        return "";
    }

    harness::ComposeSite site;
    std::unique_ptr<harness::Load> pages;
    std::unique_ptr<harness::Load> orders;
};

}  // namespace teal::e2e
