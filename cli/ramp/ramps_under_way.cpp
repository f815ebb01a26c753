#include "cli/ramp/ramps_under_way.hpp"

#include "cli/error.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

bool is_about(const Ramp& ramp, const std::vector<std::string>& splits) {
    return splits.empty() ||
           std::any_of(splits.begin(), splits.end(),
                       [&](const std::string& name) { return ramp.find(name) != nullptr; });
}

}  // namespace

std::vector<RampPicture> RampsUnderWay::look(const std::vector<std::string>& splits) {
    problem_.clear();
    std::vector<RampPicture> pictures;
    try {
        std::vector<std::string> damaged;
        for (const Ramp& ramp : control_.store().list(&damaged)) {
            if (!has_ended(ramp.phase) && is_about(ramp, splits)) {
                pictures.push_back(take_picture(control_, ramp));
            }
        }
        problem_ = damaged.empty() ? "" : damaged.front();
    } catch (const std::exception& error) {
        problem_ = error.what();
    }
    return pictures;
}

}  // namespace teal::cli
