#include "shared/table/restore.hpp"

#include "shared/hash/key_hash.hpp"
#include "shared/table/paths.hpp"
#include "shared/table/reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace teal::table {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;

// Copies what is stored of a sparse file; holes stay holes. Returns 0 or an errno.
int copy_stored_parts(int from, int to, off_t size) {
    if (ftruncate(to, size) != 0) {
        return errno;
    }
    char chunk[kChunkBytes];
    off_t at = lseek(from, 0, SEEK_DATA);
    while (at >= 0 && at < size) {
        const off_t end = lseek(from, at, SEEK_HOLE);
        if (end < 0) {
            return errno;
        }
        while (at < end) {
            const auto wanted = static_cast<std::size_t>(end - at);
            const ssize_t got = pread(from, chunk, wanted < kChunkBytes ? wanted : kChunkBytes, at);
            if (got <= 0) {
                return got == 0 ? EIO : errno;
            }
            if (pwrite(to, chunk, static_cast<std::size_t>(got), at) != got) {
                return errno != 0 ? errno : ENOSPC;
            }
            at += got;
        }
        at = lseek(from, at, SEEK_DATA);
    }
    return at < 0 && errno != ENXIO ? errno : 0;  // ENXIO: no more data
}

int copy_file(const char* from_path, const char* to_path) {
    const int from = open(from_path, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        return errno;
    }
    struct stat status {};
    const int to = open(to_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int error = to < 0 || fstat(from, &status) != 0 ? errno : 0;
    if (error == 0) {
        error = copy_stored_parts(from, to, status.st_size);
    }
    if (error == 0 && fchmod(to, 0644) != 0) {  // whatever the umask was: workers must read it
        error = errno;
    }
    close(from);
    if (to >= 0) {
        close(to);
    }
    return error;
}

// True when the published buffer is good to its last record. Reads where it lies: the saved copy is
// replaced by rename and never written in place, and there is no heap here for a directory.
bool is_whole(const Reader& reader) {
    const std::uint64_t generation = reader.generation();
    if (generation == 0) {
        return false;
    }
    const std::byte* buffer =
        reader.mapping().bytes() + reader.header().buffer_offset[generation & 1];
    BufferHeader header{};
    std::memcpy(&header, buffer, sizeof(header));
    const std::byte* directory = buffer + sizeof(header);
    if (header.generation != generation || header.split_count > reader.split_capacity() ||
        header.checksum !=
            checksum(&header, offsetof(BufferHeader, checksum),
                     checksum(directory, header.split_count * sizeof(DirectoryEntry)))) {
        return false;
    }
    alignas(SplitRecord) std::byte record[kMaxRecordBytes];
    for (std::uint32_t i = 0; i < header.split_count; ++i) {
        DirectoryEntry entry{};
        std::memcpy(&entry, directory + i * sizeof(entry), sizeof(entry));
        if (reader.read_record(generation, entry, reinterpret_cast<SplitRecord*>(record)) !=
            Health::ok) {
            return false;
        }
    }
    return true;
}

}  // namespace

Restored restore_table(const char* path, const char* saved_path, int* error) {
    *error = 0;
    if (access(path, F_OK) == 0) {
        return Restored::not_needed;
    }
    if (access(saved_path, F_OK) != 0) {
        return Restored::no_copy;
    }
    Reader reader;
    std::uint32_t version = 0;
    if (reader.open(saved_path, error, &version) != Health::ok || !is_whole(reader)) {
        return Restored::bad_copy;
    }
    reader.close();

    const Path temporary = temporary_path_of(path);
    *error = copy_file(saved_path, temporary.text);
    const bool copied = *error == 0;
    if (copied && link(temporary.text, path) != 0) {
        *error = errno;
    }
    unlink(temporary.text);
    if (copied && *error == EEXIST) {
        *error = 0;
        return Restored::not_needed;
    }
    return *error == 0 ? Restored::yes : Restored::failed;
}

}  // namespace teal::table
