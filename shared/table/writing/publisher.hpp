// Making tables and publishing into them: the only code that writes the table file.
//
// A publication in order, so that it can be killed anywhere:
//   1. reserve the space in both buffers     (a full disk is found here, nothing has changed)
//   2. write the saved copy's successor under a temporary name (so is another full disk)
//   3. write the idle buffer                 (nobody looks at it)
//   4. one release store of the sealed generation: published
//   5. ring the bell (idle workers wake)
//   6. sync the saved copy's successor, rename it into place, sync the directory
// Killed before 4 the old state stands, after 4 the new one; between 4 and the end of 6 a reboot
// would bring the old state back, which the next publication or `teal doctor` mends. Workers apply
// the publication while 6 waits for the disk.
//
// Thread safety: one publisher at a time over all processes; hold a WriterLock on the lock path.
#pragma once

#include "shared/table/writing/image.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace teal::table {

// What could not be done and why; nothing has been published.
class PublishError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Publication {
    std::uint64_t generation = 0;
    std::uint64_t published_unix_ns = 0;       // right after the store that published
    std::uint64_t published_monotonic_ns = 0;  // the same moment on CLOCK_MONOTONIC
    std::string save_warning;                  // set when the saved copy could not be replaced
};

// Makes an empty table for `split_capacity` splits. Never touches an existing file: returns false
// when there is one. Throws PublishError.
bool create_table(const std::string& path, std::uint32_t split_capacity);

// Publishes `image` as the next generation after the one in the file, and not below
// `lowest_generation` (a table made anew must go on above what running workers still report); sets
// the image's generation fields. A split whose record is unchanged keeps its changed_generation.
// REQUIRES: the lock is held, and was when the image was read. Throws PublishError.
Publication publish(const std::string& path, const std::string& saved_path, TableImage& image,
                    std::uint64_t lowest_generation = 1);

}  // namespace teal::table
