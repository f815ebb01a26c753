#include "tests/harness/load_record.hpp"

#include <algorithm>
#include <cmath>

namespace teal::harness {

const char* word_for(LoadFailure failure) {
    constexpr std::array<const char*, kLoadFailures> kWords = {"none",   "connect",    "reset",
                                                               "closed", "short_body", "timeout",
                                                               "status", "malformed",  "idle_cut"};
    return kWords[static_cast<std::size_t>(failure)];
}

std::uint8_t LoadResults::variant_index(std::string_view name) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) {
            return static_cast<std::uint8_t>(i);
        }
    }
    if (names_.size() > 255) {
        return 0;
    }
    names_.emplace_back(name);
    of_variant_.emplace_back();
    return static_cast<std::uint8_t>(names_.size() - 1);
}

void LoadResults::add(const LoadRecord& record) {
    ++total_;
    ++by_failure_[static_cast<std::size_t>(record.failure)];
    if (record.status != 0) {
        OfVariant& variant = of_variant_[record.variant];
        if (variant.count++ == 0) {
            variant.first = record;
        }
        variant.last = record;
    }
    if (records_.size() < kMostRecords) {
        records_.push_back(record);
    }
}

void LoadResults::merge(const LoadResults& other) {
    total_ += other.total_;
    for (std::size_t i = 0; i < kLoadFailures; ++i) {
        by_failure_[i] += other.by_failure_[i];
    }
    std::vector<std::uint8_t> renumbered;
    for (std::size_t i = 0; i < other.names_.size(); ++i) {
        renumbered.push_back(variant_index(other.names_[i]));
        const OfVariant& theirs = other.of_variant_[i];
        OfVariant& ours = of_variant_[renumbered.back()];
        if (theirs.count == 0) {
            continue;
        }
        if (ours.count == 0 || theirs.first.monotonic_ns < ours.first.monotonic_ns) {
            ours.first = theirs.first;
        }
        if (ours.count == 0 || theirs.last.monotonic_ns > ours.last.monotonic_ns) {
            ours.last = theirs.last;
        }
        ours.first.variant = ours.last.variant = renumbered.back();
        ours.count += theirs.count;
    }
    for (LoadRecord record : other.records_) {
        record.variant = renumbered[record.variant];
        records_.push_back(record);
    }
}

const LoadResults::OfVariant* LoadResults::find(std::string_view variant) const {
    const auto found = std::find(names_.begin(), names_.end(), variant);
    if (found == names_.end()) {
        return nullptr;
    }
    const auto& entry = of_variant_[static_cast<std::size_t>(found - names_.begin())];
    return entry.count == 0 ? nullptr : &entry;
}

std::uint64_t LoadResults::count(std::string_view variant) const {
    const auto* entry = find(variant);
    return entry == nullptr ? 0 : entry->count;
}

std::vector<std::string> LoadResults::variants() const {
    std::vector<std::string> named(names_.begin() + 1, names_.end());
    std::erase_if(named, [this](const std::string& name) { return count(name) == 0; });
    return named;
}

std::optional<LoadRecord> LoadResults::first(std::string_view variant) const {
    const auto* entry = find(variant);
    return entry == nullptr ? std::nullopt : std::optional(entry->first);
}

std::optional<LoadRecord> LoadResults::last(std::string_view variant) const {
    const auto* entry = find(variant);
    return entry == nullptr ? std::nullopt : std::optional(entry->last);
}

std::uint32_t LoadResults::latency_us(double quantile) const {
    std::vector<std::uint32_t> latencies;
    for (const auto& record : records_) {
        if (record.failure == LoadFailure::none) {
            latencies.push_back(record.latency_us);
        }
    }
    if (latencies.empty()) {
        return 0;
    }
    // Nearest rank: the smallest value that at least this share does not exceed.
    const double rank = std::ceil(quantile * static_cast<double>(latencies.size()));
    const auto index =
        std::min(latencies.size() - 1, static_cast<std::size_t>(std::max(0.0, rank - 1)));
    const auto nth = latencies.begin() + static_cast<std::ptrdiff_t>(index);
    std::nth_element(latencies.begin(), nth, latencies.end());
    return *nth;
}

std::string LoadResults::summary() const {
    std::string text =
        std::to_string(total_) + " requests, " + std::to_string(failed()) + " failed";
    for (std::size_t i = 1; i < kLoadFailures; ++i) {
        if (by_failure_[i] > 0) {
            text += std::string(", ") + word_for(static_cast<LoadFailure>(i)) + " " +
                    std::to_string(by_failure_[i]);
        }
    }
    for (const auto& name : variants()) {
        text += "; " + name + " " + std::to_string(count(name));
    }
    return text;
}

}  // namespace teal::harness
