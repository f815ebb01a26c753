// Numbers as people read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace teal::cli {

std::string latency_text(std::optional<double> microseconds);  // "0.42 ms", "1.3 s", "-"
std::string rate_text(std::optional<double> per_second);       // "812", "3.4", "-"
std::string bytes_text(std::uint64_t bytes);                   // "812 B", "3.4 MiB"
std::string share_text(std::optional<double> share);           // "0.12 %", "-"
std::string duration_text(std::uint64_t seconds);              // "3 min"
std::string age_text(std::uint64_t since_unix_ns);             // "3 min ago"
std::string time_text(std::uint64_t unix_ns);                  // "2026-11-23 20:30:11"
std::string clock_text(std::uint64_t unix_ns);                 // "20:30:11"
std::uint64_t now_unix_ns();

}  // namespace teal::cli
