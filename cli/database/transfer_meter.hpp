// How far a transfer has come: bytes and their rate, for what takes longer than a second.
#pragma once

#include "cli/stack/progress.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace teal::cli::database {

class TransferMeter {
public:
    using Bytes = std::function<std::uint64_t()>;

    // `whole`: what it will come to, more or less; 0: not known.
    TransferMeter(Progress& progress, std::string what, std::uint64_t whole = 0);

    // Cheap; says something twice a second, from the second second on.
    void reached(std::uint64_t bytes);
    // For what is not cheap to know: asked every two seconds.
    void reached(const Bytes& bytes);
    // What it came to is worth a line in a log when it took longer than a second; asked then.
    void done(const Bytes& bytes);

private:
    using Clock = std::chrono::steady_clock;

    void say(std::uint64_t bytes, std::chrono::milliseconds pause);
    double seconds() const;

    Progress& progress_;
    std::string what_;
    std::string of_;
    Clock::time_point started_ = Clock::now();
    Clock::time_point next_ = started_ + std::chrono::seconds(1);
};

// "12.3 MiB · 4.1 MiB/s".
std::string transfer_text(std::uint64_t bytes, double seconds);

}  // namespace teal::cli::database
