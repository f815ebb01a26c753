// Reading the table while others publish into it: copies whole, checked pieces or says why not.
//
// Invariants a caller may rely on:
//  1. What is returned with `ok` belongs to exactly the generation asked for.
//  2. No call waits, spins or allocates; a publication that comes in between gives `moved`.
//  3. A record that was returned is safe to index: every count, name and bound has been validated.
// Thread safety: any number of readers in any number of processes, beside one writer.
#pragma once

#include "shared/mapping/file_mapping.hpp"
#include "shared/table/layout.hpp"

#include <cstdint>

namespace teal::table {

enum class Health : std::uint8_t {
    ok,
    missing,      // no such file, or not readable: see the errno
    foreign,      // not a table of ours, or damaged in its header
    unsupported,  // a table of another layout version
    unsafe,       // others than its owner may write it
    unpublished,  // made, but nothing was ever published
    moved,        // a publication came in between: read again
    damaged,      // checksum or structure wrong
};
const char* health_text(Health health);

class Reader {
public:
    // Opens and validates the header. On anything but `ok` the reader stays closed; `error` gets
    // the errno behind `missing`, `version` the version behind `unsupported`.
    Health open(const char* path, int* error, std::uint32_t* version);
    void close() { mapping_.close(); }

    bool is_open() const { return mapping_.is_open(); }
    const FileMapping& mapping() const { return mapping_; }
    const Header& header() const { return *reinterpret_cast<const Header*>(mapping_.bytes()); }

    std::uint32_t split_capacity() const { return split_capacity_; }

    // The word that publishes, as it stands: differs from what a caller saw earlier exactly when
    // there is something new. REQUIRES: is_open().
    std::uint64_t published_word() const;
    // Number of the last publication, 0 before the first or when the word is damaged.
    std::uint64_t generation() const { return unseal(published_word()); }

    // Copies the buffer header and the directory of `generation`. REQUIRES: room in `directory`
    // for header().split_capacity entries.
    Health read_directory(std::uint64_t generation, BufferHeader* header,
                          DirectoryEntry* directory) const;

    // Copies one record. REQUIRES: `entry` from read_directory of the same generation; room for
    // entry.bytes in `record`, 8-byte aligned.
    Health read_record(std::uint64_t generation, const DirectoryEntry& entry,
                       SplitRecord* record) const;

private:
    const std::byte* buffer(std::uint64_t generation) const;

    FileMapping mapping_;
    // Plain copies of the header's fields, so that a header damaged later cannot lead us astray.
    std::uint32_t split_capacity_ = 0;
    std::uint64_t buffer_offset_[2] = {0, 0};
    std::uint64_t buffer_bytes_ = 0;
};

// Structural check of a record's copy that is `bytes` long.
bool is_valid_record(const SplitRecord& record, std::size_t bytes);

}  // namespace teal::table
