// The copy of the table that outlives a reboot, because the table itself lives on tmpfs: the header
// page and the published buffer at their places in an otherwise sparse file, which restore_table()
// copies back.
#pragma once

#include "shared/table/layout.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace teal::table {

// One replacement of the saved copy, in two steps around the publication: written before it (so
// that a full disk stops the publication), synced and renamed after it (so that a copy never tells
// of a publication that did not happen, and workers apply it while the disk is waited for). A
// temporary file that was not renamed is removed.
class SavedCopy {
public:
    // Writes `<path>.new`. Throws PublishError when it cannot; nothing has changed then.
    SavedCopy(std::string path, const Header& header, std::uint64_t generation,
              const std::vector<std::uint64_t>& buffer);
    ~SavedCopy();
    SavedCopy(const SavedCopy&) = delete;
    SavedCopy& operator=(const SavedCopy&) = delete;

    // Syncs it, renames it over the saved copy and syncs the directory. Returns what went wrong, or
    // nothing.
    std::string put_in_place();

private:
    std::string path_;
    std::string temporary_;
    int descriptor_ = -1;
    bool in_place_ = false;
};

}  // namespace teal::table
