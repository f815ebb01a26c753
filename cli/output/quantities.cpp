#include "cli/output/quantities.hpp"

#include <fmt/format.h>
#include <ctime>

namespace teal::cli {

std::string latency_text(std::optional<double> microseconds) {
    if (!microseconds) {
        return "-";
    }
    const double ms = *microseconds / 1000.0;
    if (ms < 10.0) {
        return fmt::format("{:.2f} ms", ms);
    }
    return ms < 1000.0 ? fmt::format("{:.0f} ms", ms) : fmt::format("{:.1f} s", ms / 1000.0);
}

std::string rate_text(std::optional<double> per_second) {
    if (!per_second) {
        return "-";
    }
    return *per_second < 10.0 && *per_second > 0.0 ? fmt::format("{:.1f}", *per_second)
                                                   : fmt::format("{:.0f}", *per_second);
}

std::string bytes_text(std::uint64_t bytes) {
    if (bytes < 1024) {
        return fmt::format("{} B", bytes);
    }
    auto amount = static_cast<double>(bytes);
    const char* unit = "B";
    for (const char* larger : {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}) {
        if (amount < 1023.95) {
            break;
        }
        amount /= 1024;
        unit = larger;
    }
    return fmt::format("{:.1f} {}", amount, unit);
}

std::string share_text(std::optional<double> share) {
    if (!share) {
        return "-";
    }
    const double percent = *share * 100.0;
    return percent > 0.0 && percent < 10.0 ? fmt::format("{:.2f} %", percent)
                                           : fmt::format("{:.0f} %", percent);
}

std::string duration_text(std::uint64_t seconds) {
    if (seconds < 120) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 7200) {
        return fmt::format("{} min", seconds / 60);
    }
    return seconds < 172'800 ? fmt::format("{} h", seconds / 3600)
                             : fmt::format("{} days", seconds / 86'400);
}

std::string age_text(std::uint64_t since_unix_ns) {
    const std::uint64_t now = now_unix_ns();
    return duration_text(now > since_unix_ns ? (now - since_unix_ns) / 1'000'000'000u : 0) + " ago";
}

std::string time_text(std::uint64_t unix_ns) {
    const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000u);
    std::tm parts{};
    char text[32] = {};
    if (localtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        return "?";
    }
    return text;
}

std::string clock_text(std::uint64_t unix_ns) {
    const std::string text = time_text(unix_ns);
    return text.size() > 11 ? text.substr(11) : text;
}

std::uint64_t now_unix_ns() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace teal::cli
