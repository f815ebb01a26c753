#include "shared/table/writing/publisher.hpp"

#include "shared/hash/key_hash.hpp"
#include "shared/mapping/file_mapping.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/paths.hpp"
#include "shared/table/writing/image_check.hpp"
#include "shared/table/writing/saved_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <vector>

namespace teal::table {
namespace {

std::uint64_t now_ns(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
           static_cast<std::uint64_t>(time.tv_nsec);
}

[[noreturn]] void fail(const std::string& what, int error) {
    throw PublishError(what + ": " + std::strerror(error));
}

Header make_header(std::uint32_t split_capacity) {
    Header header{};
    std::memcpy(header.magic, kMagic, sizeof(kMagic));
    header.layout_version = kLayoutVersion;
    header.header_bytes = kHeaderBytes;
    header.file_bytes = file_bytes(split_capacity);
    header.split_capacity = split_capacity;
    header.max_variants = kMaxVariants;
    header.max_endpoints = kMaxEndpoints;
    header.max_segments = kMaxSegments;
    header.buffer_bytes = buffer_bytes(split_capacity);
    header.buffer_offset[0] = kHeaderBytes;
    header.buffer_offset[1] = kHeaderBytes + header.buffer_bytes;
    header.created_unix_ns = now_ns(CLOCK_REALTIME);
    header.checksum = checksum(&header, offsetof(Header, checksum));
    return header;
}

// The split as it was published last; nullptr for a new one. Splits keep their places, so the place
// is looked at before the names are: ten thousand splits must not be compared with each other.
const SplitImage* published_before(const TableImage& before, const SplitImage& split,
                                   std::size_t place) {
    const bool in_place = place < before.splits.size() && before.splits[place].name == split.name;
    return in_place ? &before.splits[place] : before.find(split.name);
}

// The next publication's buffer, put together in private memory first: what goes into the file and
// what goes into the saved copy are then the same bytes.
std::vector<std::uint64_t> compose_buffer(TableImage& image, std::uint32_t split_capacity,
                                          const TableImage& before) {
    const std::size_t arena = arena_offset(split_capacity);
    std::vector<std::uint64_t> words(arena / 8);
    std::vector<DirectoryEntry> directory;
    for (SplitImage& split : image.splits) {
        const SplitImage* old = published_before(before, split, directory.size());
        if (old != nullptr) {
            split.changed_generation = old->changed_generation;
        }
        std::vector<std::uint64_t> record = encode_record(split);
        if (old == nullptr || encode_record(*old) != record) {
            split.changed_generation = image.generation;
            record = encode_record(split);
        }
        directory.push_back({checksum(record.data(), record.size() * 8), split.changed_generation,
                             words.size() * 8, static_cast<std::uint32_t>(record.size() * 8), 0});
        words.insert(words.end(), record.begin(), record.end());
    }
    BufferHeader header{};
    header.generation = image.generation;
    header.published_unix_ns = image.published_unix_ns;
    header.membership_generation = image.membership_generation;
    header.split_count = static_cast<std::uint32_t>(image.splits.size());
    header.arena_bytes = words.size() * 8 - arena;
    const std::size_t directory_size = directory.size() * sizeof(DirectoryEntry);
    header.checksum = checksum(&header, offsetof(BufferHeader, checksum),
                               checksum(directory.data(), directory_size));
    auto* bytes = reinterpret_cast<std::byte*>(words.data());
    std::memcpy(bytes, &header, sizeof(header));
    if (!directory.empty()) {
        std::memcpy(bytes + sizeof(header), directory.data(), directory_size);
    }
    return words;
}

bool same_members(const TableImage& a, const TableImage& b) {
    if (a.splits.size() != b.splits.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.splits.size(); ++i) {
        if (a.splits[i].name != b.splits[i].name) {
            return false;
        }
    }
    return true;
}

void reserve(const FileMapping& mapping, const Header& header, std::size_t bytes,
             const std::string& path) {
    for (const std::uint64_t offset : header.buffer_offset) {
        const int error = posix_fallocate(mapping.descriptor(), static_cast<off_t>(offset),
                                          static_cast<off_t>(bytes));
        if (error != 0) {
            fail(path + ": no room for the publication", error);
        }
    }
}

}  // namespace

bool create_table(const std::string& path, std::uint32_t split_capacity) {
    const std::string temporary = temporary_path_of(path.c_str()).text;
    const int descriptor = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        fail(temporary, errno);
    }
    const Header header = make_header(split_capacity);
    const auto first_pages = static_cast<off_t>(arena_offset(split_capacity));
    int error = 0;
    if (ftruncate(descriptor, static_cast<off_t>(header.file_bytes)) != 0 ||
        fchmod(descriptor, 0644) != 0) {
        error = errno;
    }
    for (const std::uint64_t offset :
         {std::uint64_t{0}, header.buffer_offset[0], header.buffer_offset[1]}) {
        if (error == 0) {
            error = posix_fallocate(descriptor, static_cast<off_t>(offset), first_pages);
        }
    }
    if (error == 0 && pwrite(descriptor, &header, sizeof(header), 0) != sizeof(header)) {
        error = errno;
    }
    close(descriptor);
    if (error == 0 && link(temporary.c_str(), path.c_str()) != 0) {
        error = errno;
    }
    unlink(temporary.c_str());
    if (error != 0 && error != EEXIST) {
        fail(path, error);
    }
    return error == 0;
}

Publication publish(const std::string& path, const std::string& saved_path, TableImage& image,
                    std::uint64_t lowest_generation) {
    Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    const Health health = reader.open(path.c_str(), &error, &version);
    if (health != Health::ok) {
        throw PublishError(path + ": " + health_text(health));
    }
    check_image(path, image, reader.split_capacity());
    TableImage before;
    const Health before_health = read_image(reader, before);
    if (before_health != Health::ok && before_health != Health::unpublished) {
        throw PublishError(path + ": the current publication is " + health_text(before_health));
    }
    FileMapping mapping;
    if (error = mapping.open(path.c_str(), Access::read_write, kHeaderBytes); error != 0) {
        fail(path, error);
    }
    auto& header = *reinterpret_cast<Header*>(mapping.bytes());

    image.generation = std::max(before.generation + 1, lowest_generation);
    if (before.generation != 0 && (image.generation & 1) == (before.generation & 1)) {
        ++image.generation;  // that buffer is being read
    }
    image.published_unix_ns = now_ns(CLOCK_REALTIME);
    image.membership_generation =
        same_members(image, before) ? before.membership_generation : image.generation;
    const std::vector<std::uint64_t> words = compose_buffer(image, reader.split_capacity(), before);
    const std::size_t bytes = words.size() * 8;
    reserve(mapping, header, bytes, path);
    SavedCopy saved(saved_path, header, image.generation, words);

    copy_to_shared(mapping.bytes() + header.buffer_offset[image.generation & 1], words.data(),
                   bytes);
    store_shared(header.published, seal(image.generation), std::memory_order_release);
    if (mapping.lost()) {  // somebody cut the file short: the stores went into private memory
        throw PublishError(path + ": was cut short while it was written");
    }

    Publication publication;
    publication.generation = image.generation;
    publication.published_unix_ns = now_ns(CLOCK_REALTIME);
    publication.published_monotonic_ns = now_ns(CLOCK_MONOTONIC);
    // inotify sees write(2), never a store to a mapping. Workers that miss the bell poll.
    const std::uint64_t bell = image.generation;
    (void)!pwrite(mapping.descriptor(), &bell, sizeof(bell), offsetof(Header, bell));
    publication.save_warning = saved.put_in_place();
    return publication;
}

}  // namespace teal::table
