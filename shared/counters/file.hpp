// Making, opening and walking the counters file. No heap, no exceptions: nginx's master makes it,
// its workers claim slots in it, and the CLI reads it, all with this code.
#pragma once

#include "shared/counters/layout.hpp"
#include "shared/mapping/file_mapping.hpp"

#include <cstdint>

namespace teal::counters {

enum class Opened : std::uint8_t { ok, missing, foreign, unsupported };
const char* opened_text(Opened opened);

// A process's view of the file. Thread safety: as FileMapping; the words behind the pointers are
// shared with other processes and are to be reached through shared_word.hpp.
class File {
public:
    // `error` gets the errno behind `missing`.
    Opened open(const char* path, Access access, int* error);
    void close() { mapping_.close(); }

    bool is_open() const { return mapping_.is_open(); }
    const FileMapping& mapping() const { return mapping_; }

    Header& header() const { return *at<Header>(0); }
    std::uint32_t split_capacity() const { return split_capacity_; }
    std::uint32_t variant_capacity() const { return variant_capacity_; }
    // Counts as published by the master, never more than the file has room for.
    std::uint32_t split_count() const;
    std::uint32_t variant_count() const;
    std::uint32_t slot_high() const;

    // REQUIRES: index below the capacity.
    SplitEntry& split(std::uint32_t index) const;
    VariantEntry& variant(std::uint32_t index) const;
    // REQUIRES: place below kGoalPlaces, too.
    GoalEntry& goal(std::uint32_t split, std::uint32_t place) const;
    SlotHeader& slot(std::uint32_t index) const;
    // Here, because a request asks several times.
    VariantCounters& counters(std::uint32_t slot, std::uint32_t variant) const {
        return *at<VariantCounters>(slots_offset_ + slot * slot_bytes_ + sizeof(SlotHeader) +
                                    std::uint64_t{variant} * sizeof(VariantCounters));
    }
    std::uint64_t lock_offset(std::uint32_t slot) const;
    // False when nobody ever counted there. Ask before reading what may be a hole: on tmpfs a read
    // through the mapping makes it a page, and 10 000 splits have many.
    bool is_stored(std::uint32_t slot, std::uint32_t variant) const;

private:
    template <typename T>
    T* at(std::uint64_t offset) const {
        return reinterpret_cast<T*>(mapping_.bytes() + offset);
    }

    FileMapping mapping_;
    // Plain copies: a header damaged later cannot lead a running process astray.
    std::uint32_t split_capacity_ = 0;
    std::uint32_t variant_capacity_ = 0;
    std::uint64_t slots_offset_ = 0;
    std::uint64_t slot_bytes_ = 0;
};

// Makes the file for so many splits and variants, with mode 0640 and this owner (no change of owner
// for uid -1). Atomic, and never over an existing file. Returns 0, EEXIST or another errno.
int create_file(const char* path, std::uint32_t split_capacity, std::uint32_t variant_capacity,
                std::uint32_t owner, std::uint32_t group);

}  // namespace teal::counters
