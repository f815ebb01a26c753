// `teal canary simulate`: what a ramp would do with a canary that fails so often.
#pragma once

#include "cli/exit_codes.hpp"

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace teal::cli {

struct CanarySimulateOptions {
    std::string baseline{"0.1%"};
    std::string canary{"5%"};
    double rate = 1000;
    std::string steps{"1,5,25,50,100"};
    std::string hold{"60s"};
    double alpha = 1e-4;
    double margin = 1;
    std::string max_errors{};
    unsigned runs = 0;
    std::uint64_t seed = 1;
    bool json = false;
};

void add_canary_simulate(CLI::App& canary, ExitCode& result);
ExitCode run_canary_simulate(const CanarySimulateOptions& options);

}  // namespace teal::cli
