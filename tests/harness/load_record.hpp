// What a load generator writes down about each request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace teal::harness {

// `none` is success. A cut the server announced (Connection: close, answer complete) is no failure.
enum class LoadFailure : std::uint8_t {
    none,
    connect,     // refused, or the backlog was full
    reset,       // TCP reset while an answer was due
    closed,      // end-of-file before the first byte of an answer
    short_body,  // end-of-file or reset inside an answer
    timeout,     // no whole answer in time
    status,      // status >= 500
    malformed,   // not HTTP
    idle_cut,    // closed without announcement between two requests
};
inline constexpr std::size_t kLoadFailures = 9;

// The word for it ("short_body").
const char* word_for(LoadFailure failure);

struct LoadRecord {
    std::uint64_t monotonic_ns = 0;  // when the answer was complete, or the failure seen
    std::uint64_t realtime_ns = 0;
    std::uint32_t latency_us =
        0;                     // with a rate: since the request was due, so a stall is not hidden
    std::uint16_t status = 0;  // 0: no answer
    std::uint8_t variant = 0;  // index for LoadResults::variant_name(); 0: unknown
    LoadFailure failure = LoadFailure::none;
};

// Records of one or more workers, added up. Not thread-safe.
class LoadResults {
public:
    static constexpr std::size_t kMostRecords = 8'000'000;  // 256 MB; counts go on beyond

    // Index of a variant's name, new names included; the 255th and later are counted as unknown.
    std::uint8_t variant_index(std::string_view name);
    void add(const LoadRecord& record);
    // Adds another worker's.
    void merge(const LoadResults& other);

    std::uint64_t total() const { return total_; }  // answers and failures
    std::uint64_t failed() const { return total_ - count(LoadFailure::none); }
    std::uint64_t count(LoadFailure kind) const {
        return by_failure_[static_cast<std::size_t>(kind)];
    }
    // Answers (of any status) that named this variant.
    std::uint64_t count(std::string_view variant) const;
    std::string variant_name(const LoadRecord& record) const { return names_[record.variant]; }
    std::vector<std::string> variants() const;
    // First and latest answer of a variant.
    std::optional<LoadRecord> first(std::string_view variant) const;
    std::optional<LoadRecord> last(std::string_view variant) const;
    // In microseconds, of answers that were no failure; `quantile` 0.99 is p99. 0 without answers.
    std::uint32_t latency_us(double quantile) const;
    // Every record, in the order of finishing (per worker).
    const std::vector<LoadRecord>& records() const { return records_; }
    // One line for a failed assertion: totals, failures by kind, variants.
    std::string summary() const;

private:
    struct OfVariant {
        std::uint64_t count = 0;
        LoadRecord first;
        LoadRecord last;
    };
    const OfVariant* find(std::string_view variant) const;

    std::uint64_t total_ = 0;
    std::array<std::uint64_t, kLoadFailures> by_failure_{};
    std::vector<std::string> names_{""};
    std::vector<OfVariant> of_variant_{1};
    std::vector<LoadRecord> records_;
};

}  // namespace teal::harness
