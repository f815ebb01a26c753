#include "cli/database/transfer_meter.hpp"

#include "cli/output/quantities.hpp"

#include <algorithm>

namespace teal::cli::database {

void TransferMeter::reached(std::uint64_t bytes) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) {
        return;
    }
    next_ = now + std::chrono::milliseconds(500);
    progress_.detail(what_ + " " +
                     transfer_text(bytes, std::chrono::duration<double>(now - started_).count()));
}

std::string transfer_text(std::uint64_t bytes, double seconds) {
    const double rate = static_cast<double>(bytes) / std::max(seconds, 0.001);
    return bytes_text(bytes) + " · " + bytes_text(static_cast<std::uint64_t>(rate)) + "/s";
}

}  // namespace teal::cli::database
