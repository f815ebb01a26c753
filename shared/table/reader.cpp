#include "shared/table/reader.hpp"

#include "shared/hash/key_hash.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/names.hpp"

#include <sys/stat.h>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace teal::table {
namespace {

bool is_valid_header(const Header& header, std::size_t file_size) {
    return header.header_bytes == kHeaderBytes && header.max_variants == kMaxVariants &&
           header.max_endpoints == kMaxEndpoints && header.max_segments == kMaxSegments &&
           header.split_capacity >= 1 && header.split_capacity <= kMaxSplitCapacity &&
           header.buffer_bytes == buffer_bytes(header.split_capacity) &&
           header.buffer_offset[0] == kHeaderBytes &&
           header.buffer_offset[1] == kHeaderBytes + header.buffer_bytes &&
           header.file_bytes == file_bytes(header.split_capacity) &&
           header.file_bytes <= file_size &&
           header.checksum == checksum(&header, offsetof(Header, checksum));
}

std::string_view terminated(const char* text, std::size_t room) {
    return {text, strnlen(text, room)};
}

bool are_valid_segments(const SplitRecord& record) {
    std::uint64_t bound = 0;
    std::uint32_t end_ppm = 0;
    for (std::uint32_t i = 0; i < record.segment_count; ++i) {
        const Segment& segment = record.segments[i];
        const bool last = i + 1 == record.segment_count;
        if (segment.variant >= record.variant_count || segment.end_ppm <= end_ppm ||
            (last ? segment.end_ppm != kTotalPpm
                  : segment.bound <= bound || segment.end_ppm >= kTotalPpm)) {
            return false;
        }
        bound = segment.bound;
        end_ppm = segment.end_ppm;
    }
    return true;
}

bool is_valid_endpoint(const Endpoint& endpoint) {
    constexpr std::size_t kUnixPrefixBytes = 5;  // "unix:"; what follows is the socket's path
    const bool is_unix = endpoint.family == static_cast<std::uint16_t>(AddressFamily::unix_socket);
    return endpoint.family >= 1 && endpoint.family <= 3 && endpoint.slot < kMaxEndpoints &&
           endpoint.text_bytes > (is_unix ? kUnixPrefixBytes : 0) &&
           endpoint.text_bytes <= kEndpointTextBytes;
}

}  // namespace

const char* health_text(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::missing:
            return "missing";
        case Health::foreign:
            return "not a teal table";
        case Health::unsupported:
            return "of another layout version";
        case Health::unsafe:
            return "writable by others than its owner";
        case Health::unpublished:
            return "never published";
        case Health::moved:
            return "being republished";
        case Health::damaged:
            return "damaged";
    }
    return "unknown";
}

bool is_valid_record(const SplitRecord& record, std::size_t bytes) {
    if (record.variant_count < 1 || record.variant_count > kMaxVariants ||
        record.segment_count < 1 || record.segment_count > kMaxSegments ||
        record.endpoint_count > kMaxVariants * kMaxEndpoints ||
        bytes != record_bytes(record.endpoint_count) ||
        !is_split_name(terminated(record.name, kSplitNameBytes)) || !are_valid_segments(record)) {
        return false;
    }
    for (std::uint32_t v = 0; v < record.variant_count; ++v) {
        const Variant& variant = record.variants[v];
        if (!is_variant_name(terminated(variant.name, kVariantNameBytes)) ||
            variant.weight_ppm > kTotalPpm || variant.state > 2 ||
            variant.endpoint_count > kMaxEndpoints ||
            std::uint32_t{variant.first_endpoint} + variant.endpoint_count >
                record.endpoint_count) {
            return false;
        }
    }
    for (std::uint32_t e = 0; e < record.endpoint_count; ++e) {
        if (!is_valid_endpoint(record.endpoints()[e])) {
            return false;
        }
    }
    return record.guard.canary < kMaxVariants && record.guard.baseline < kMaxVariants;
}

Health Reader::open(const char* path, int* error, std::uint32_t* version) {
    *error = mapping_.open(path, Access::read_only, 1);
    if (*error != 0) {
        return *error == EINVAL ? Health::foreign : Health::missing;
    }
    Header header{};
    Health health = Health::ok;
    if (mapping_.size() < kHeaderBytes) {
        health = Health::foreign;
    } else {
        copy_from_shared(&header, mapping_.bytes(), sizeof(header));
        if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
            health = Health::foreign;
        } else if (header.layout_version != kLayoutVersion) {
            *version = header.layout_version;
            health = Health::unsupported;
        } else if (!is_valid_header(header, mapping_.size())) {
            health = Health::foreign;
        } else if ((mapping_.mode() & S_IWOTH) != 0) {
            health = Health::unsafe;
        }
    }
    if (health != Health::ok) {
        mapping_.close();
        return health;
    }
    split_capacity_ = header.split_capacity;
    buffer_bytes_ = header.buffer_bytes;
    buffer_offset_[0] = header.buffer_offset[0];
    buffer_offset_[1] = header.buffer_offset[1];
    return Health::ok;
}

std::uint64_t Reader::published_word() const {
    return load_shared(header().published, std::memory_order_acquire);
}

const std::byte* Reader::buffer(std::uint64_t generation) const {
    return mapping_.bytes() + buffer_offset_[generation & 1];
}

Health Reader::read_directory(std::uint64_t generation, BufferHeader* header,
                              DirectoryEntry* directory) const {
    if (generation == 0) {
        return Health::unpublished;
    }
    const std::byte* from = buffer(generation);
    copy_from_shared(header, from, sizeof(*header));
    const bool countable =
        header->generation == generation && header->split_count <= split_capacity_;
    std::uint64_t sum = 0;
    if (countable) {
        const std::size_t bytes = header->split_count * sizeof(DirectoryEntry);
        copy_from_shared(directory, from + sizeof(*header), bytes);
        sum = checksum(header, offsetof(BufferHeader, checksum), checksum(directory, bytes));
    }
    if (this->generation() != generation) {
        return Health::moved;
    }
    return countable && sum == header->checksum ? Health::ok : Health::damaged;
}

Health Reader::read_record(std::uint64_t generation, const DirectoryEntry& entry,
                           SplitRecord* record) const {
    if (entry.bytes < sizeof(SplitRecord) || entry.bytes > kMaxRecordBytes ||
        entry.bytes % 8 != 0 || entry.offset % 8 != 0 ||
        entry.offset < arena_offset(split_capacity_) || entry.offset > buffer_bytes_ ||
        entry.bytes > buffer_bytes_ - entry.offset) {
        return Health::damaged;
    }
    copy_from_shared(record, buffer(generation) + entry.offset, entry.bytes);
    if (this->generation() != generation) {
        return Health::moved;
    }
    return checksum(record, entry.bytes) == entry.checksum && is_valid_record(*record, entry.bytes)
               ? Health::ok
               : Health::damaged;
}

}  // namespace teal::table
