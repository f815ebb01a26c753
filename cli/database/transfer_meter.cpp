#include "cli/database/transfer_meter.hpp"

#include "cli/output/quantities.hpp"

#include <algorithm>

namespace teal::cli::database {

namespace {

std::string rate_text(std::uint64_t bytes, double seconds) {
    const double rate = static_cast<double>(bytes) / std::max(seconds, 0.001);
    return bytes_text(static_cast<std::uint64_t>(rate)) + "/s";
}

}  // namespace

TransferMeter::TransferMeter(Progress& progress, std::string what, std::uint64_t whole)
    : progress_(progress),
      what_(std::move(what)),
      of_(whole == 0 ? "" : " of about " + bytes_text(whole)) {}

double TransferMeter::seconds() const {
    return std::chrono::duration<double>(Clock::now() - started_).count();
}

void TransferMeter::say(std::uint64_t bytes, std::chrono::milliseconds pause) {
    progress_.detail(what_ + " " + bytes_text(bytes) + of_ + " · " + rate_text(bytes, seconds()));
    next_ = Clock::now() + pause;
}

void TransferMeter::reached(std::uint64_t bytes) {
    if (Clock::now() >= next_) {
        say(bytes, std::chrono::milliseconds(500));
    }
}

void TransferMeter::reached(const Bytes& bytes) {
    if (Clock::now() >= next_) {
        say(bytes(), std::chrono::seconds(2));
    }
}

void TransferMeter::done(const Bytes& bytes) {
    if (const double taken = seconds(); taken > 1) {
        progress_.note(what_ + " " + transfer_text(bytes(), taken));
    }
}

std::string transfer_text(std::uint64_t bytes, double seconds) {
    return bytes_text(bytes) + " · " + rate_text(bytes, seconds);
}

}  // namespace teal::cli::database
