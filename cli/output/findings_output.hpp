// What `teal doctor` found, for people and for programs.
#pragma once

#include "cli/diagnosis/examination.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli {

std::string diagnosis_text(const Diagnosis& diagnosis);
nlohmann::ordered_json diagnosis_json(const Diagnosis& diagnosis);

}  // namespace teal::cli
