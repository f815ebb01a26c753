// How far a transfer has come: bytes and their rate, for what takes longer than a second.
#pragma once

#include "cli/stack/progress.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace teal::cli::database {

class TransferMeter {
public:
    TransferMeter(Progress& progress, std::string what)
        : progress_(progress), what_(std::move(what)) {}

    // Cheap; says something twice a second, from the second second on.
    void reached(std::uint64_t bytes);

private:
    Progress& progress_;
    std::string what_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point next_ = started_ + std::chrono::seconds(1);
};

// "12.3 MiB · 4.1 MiB/s".
std::string transfer_text(std::uint64_t bytes, double seconds);

}  // namespace teal::cli::database
