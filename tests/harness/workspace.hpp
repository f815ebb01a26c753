// A private directory and private ports for one test.
// Searchable for everybody, because nginx workers run as another user than the test.
// Kept for inspection when the test failed (an exception is in flight, or keep() was called) or
// TEAL_KEEP_WORKSPACE=1 is set; removed otherwise.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/harness/port_reservation.hpp"

namespace teal::harness {

class Workspace {
public:
    // Creates the directory. Throws std::system_error.
    explicit Workspace(std::string_view name = "test");
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    const std::filesystem::path& root() const { return root_; }

    // Absolute path of something inside.
    std::filesystem::path path(std::string_view relative) const { return root_ / relative; }

    // Writes (or replaces, or extends) a file, creating its directories. Returns its absolute path.
    std::filesystem::path write(std::string_view relative, std::string_view text);
    std::filesystem::path append(std::string_view relative, std::string_view text);

    // The file's text; empty when there is no such file.
    std::string read(std::string_view relative) const;

    // Creates a directory (mode 0755) inside. Returns its absolute path.
    std::filesystem::path make_directory(std::string_view relative);

    // A TCP port free on 127.0.0.1 and ::1, held until the workspace ends.
    std::uint16_t free_port();

    // Leaves the directory behind for inspection.
    void keep() noexcept { keep_ = true; }

private:
    std::filesystem::path root_;
    std::vector<PortReservation> ports_;
    int exceptions_at_start_;
    bool keep_ = false;
};

// A whole file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& file);

}  // namespace teal::harness
