// What `teal` and `teal-probe` say to each other: a JSON array of targets one way, a JSON array of
// answers, in the same order, the other. Both are always of one version (they are installed
// together), so the form is nobody else's business and may change.
#pragma once

#include "cli/health/probe.hpp"

#include <string>
#include <vector>

namespace teal::cli {

std::string targets_to_text(const std::vector<ProbeTarget>& targets);
std::string answers_to_text(const std::vector<ProbeAnswer>& answers);

// Throw std::exception for anything that the functions above did not write.
std::vector<ProbeTarget> targets_from_text(const std::string& text);
std::vector<ProbeAnswer> answers_from_text(const std::string& text);

}  // namespace teal::cli
