// `teal` as a user runs it: a process of its own, its JSON read.
#pragma once

#include "tests/harness/process.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace teal::bench {

inline std::string cli_path() {
    const char* path = std::getenv("TEAL_CLI_PATH");
    return path != nullptr && *path != '\0' ? path : TEAL_CLI_PATH;
}

struct SetResult {
    nlohmann::json json;
    double wall_ms = 0;              // from before fork to after the exit was seen
    std::uint64_t published_ns = 0;  // CLOCK_MONOTONIC
    std::uint64_t returned_ns = 0;   // CLOCK_MONOTONIC, when the exit was seen
    bool proven = false;             // every live worker reported the generation
};

// `teal traffic set app VARIANT=100 --json`. Throws std::runtime_error when it fails.
inline SetResult set_everything_to(const std::string& table, const std::string& variant) {
    const auto ran = harness::run(
        {cli_path(), "traffic", "set", "app", variant + "=100", "--json", "--table", table});
    SetResult result;
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    result.returned_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                         static_cast<std::uint64_t>(now.tv_nsec);
    if (ran.exit_code != 0) {
        throw std::runtime_error("teal traffic set: exit code " + std::to_string(ran.exit_code) +
                                 "\n" + ran.out + ran.err);
    }
    result.json = nlohmann::json::parse(ran.out);
    result.wall_ms = static_cast<double>(ran.wall.count()) / 1000.0;
    result.published_ns = result.json.at("published_monotonic_ns");
    result.proven = result.json.at("applied") == true;
    return result;
}

}  // namespace teal::bench
