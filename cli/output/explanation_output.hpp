// An explanation as text and as JSON.
#pragma once

#include "cli/traffic/explanation.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

// What other weights would do.
struct Proposal {
    std::vector<std::pair<std::string, std::uint32_t>> weights;  // variant, parts per million
    std::uint32_t moved_ppm = 0;                                 // of all visitors
    bool moves = false;                                          // this one
    Explanation then;
};

std::string explanation_text(const std::string& split, const Explanation& now,
                             const std::optional<Proposal>& proposal);
nlohmann::ordered_json explanation_json(const std::string& split, const Explanation& now,
                                        const std::optional<Proposal>& proposal);

}  // namespace teal::cli
