// The words that say how a ramp goes, for every command that begins one.
#pragma once

#include "cli/ramp/ramp_plan.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace teal::cli {

struct RampTermsOptions {
    std::string steps{"1,5,25,50,100"};
    std::string hold{};
    bool until_evidence = false;
    std::string patience{};
    std::string alpha{"1e-4"};
    std::string max_errors{};
    std::string slow{};
    std::string margin{"1.25"};
    std::vector<std::string> approvals{};
    bool four_eyes = false;
    std::string on_inconclusive{"hold"};
    std::string lease{"30s"};
    std::string on_lease_expiry{"return"};
};

// All but the steps, which commands name in their own way.
void add_ramp_terms(CLI::App& command, RampTermsOptions& options);

// Throws Error (wrong input) naming option and value.
RampRequest ramp_request(const RampTermsOptions& options);

// "300ms", "60s", "5m", "1.5h"; a number alone is seconds. In nanoseconds.
std::uint64_t parse_duration(const std::string& option, const std::string& text);
// "5", "0.5%": parts per million, more than nothing.
std::uint32_t parse_step(const std::string& option, const std::string& text);

}  // namespace teal::cli
