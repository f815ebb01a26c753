#include "shared/counters/file.hpp"

#include "shared/hash/key_hash.hpp"
#include "shared/mapping/shared_word.hpp"
#include "shared/table/paths.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace teal::counters {
namespace {

constexpr std::uint32_t kMostVariants = table::kMaxSplitCapacity * table::kMaxVariants;

bool is_valid_header(const Header& header, std::size_t file_size) {
    return header.header_bytes == kHeaderBytes && header.slot_capacity == kSlotCapacity &&
           header.split_capacity >= 1 && header.split_capacity <= table::kMaxSplitCapacity * 2 &&
           header.variant_capacity >= 1 && header.variant_capacity <= kMostVariants &&
           header.split_directory_offset == kHeaderBytes &&
           header.variant_directory_offset == variant_directory_offset(header.split_capacity) &&
           header.goal_directory_offset ==
               goal_directory_offset(header.split_capacity, header.variant_capacity) &&
           header.slots_offset == slots_offset(header.split_capacity, header.variant_capacity) &&
           header.slot_bytes == slot_bytes(header.variant_capacity) &&
           header.file_bytes ==
               header.slots_offset + std::uint64_t{kSlotCapacity} * header.slot_bytes &&
           header.file_bytes <= file_size &&
           header.checksum == checksum(&header, offsetof(Header, checksum));
}

Header make_header(std::uint32_t split_capacity, std::uint32_t variant_capacity) {
    Header header{};
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    std::memcpy(header.magic, kMagic, sizeof(kMagic));
    header.layout_version = kLayoutVersion;
    header.header_bytes = kHeaderBytes;
    header.created_unix_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
                             static_cast<std::uint64_t>(now.tv_nsec);
    header.split_capacity = split_capacity;
    header.variant_capacity = variant_capacity;
    header.slot_capacity = kSlotCapacity;
    header.split_directory_offset = kHeaderBytes;
    header.variant_directory_offset = variant_directory_offset(split_capacity);
    header.goal_directory_offset = goal_directory_offset(split_capacity, variant_capacity);
    header.slots_offset = slots_offset(split_capacity, variant_capacity);
    header.slot_bytes = slot_bytes(variant_capacity);
    header.file_bytes = header.slots_offset + std::uint64_t{kSlotCapacity} * header.slot_bytes;
    header.checksum = checksum(&header, offsetof(Header, checksum));
    return header;
}

std::uint32_t bounded(std::uint32_t count, std::uint32_t capacity) {
    return count < capacity ? count : capacity;
}

}  // namespace

const char* opened_text(Opened opened) {
    switch (opened) {
        case Opened::ok:
            return "ok";
        case Opened::missing:
            return "missing or not readable";
        case Opened::foreign:
            return "not a teal counters file, or damaged";
        case Opened::unsupported:
            return "of another layout version";
    }
    return "unknown";
}

Opened File::open(const char* path, Access access, int* error) {
    *error = mapping_.open(path, access, kHeaderBytes);
    if (*error != 0) {
        return *error == EINVAL ? Opened::foreign : Opened::missing;
    }
    Header header{};
    copy_from_shared(&header, mapping_.bytes(), sizeof(header));
    const bool ours = std::memcmp(header.magic, kMagic, sizeof(kMagic)) == 0;
    if (!ours || header.layout_version != kLayoutVersion ||
        !is_valid_header(header, mapping_.size())) {
        mapping_.close();
        return ours && header.layout_version != kLayoutVersion ? Opened::unsupported
                                                               : Opened::foreign;
    }
    split_capacity_ = header.split_capacity;
    variant_capacity_ = header.variant_capacity;
    slots_offset_ = header.slots_offset;
    slot_bytes_ = header.slot_bytes;
    return Opened::ok;
}

std::uint32_t File::split_count() const {
    return bounded(load_shared(header().split_count, std::memory_order_acquire), split_capacity_);
}

std::uint32_t File::variant_count() const {
    return bounded(load_shared(header().variant_count, std::memory_order_acquire),
                   variant_capacity_);
}

std::uint32_t File::slot_high() const {
    return bounded(load_shared(header().slot_high, std::memory_order_acquire), kSlotCapacity);
}

SplitEntry& File::split(std::uint32_t index) const {
    return *at<SplitEntry>(kHeaderBytes + std::uint64_t{index} * sizeof(SplitEntry));
}

VariantEntry& File::variant(std::uint32_t index) const {
    return *at<VariantEntry>(variant_directory_offset(split_capacity_) +
                             std::uint64_t{index} * sizeof(VariantEntry));
}

GoalEntry& File::goal(std::uint32_t split, std::uint32_t place) const {
    return *at<GoalEntry>(goal_directory_offset(split_capacity_, variant_capacity_) +
                          split * kGoalDirectoryBytes + place * sizeof(GoalEntry));
}

SlotHeader& File::slot(std::uint32_t index) const {
    return *at<SlotHeader>(slots_offset_ + index * slot_bytes_);
}

bool File::is_stored(std::uint32_t slot, std::uint32_t variant) const {
    const auto begin = static_cast<off_t>(
        reinterpret_cast<const std::byte*>(&counters(slot, variant)) - mapping_.bytes());
    // `started` and `decided` lie in the page of the first byte. The position is used by nobody.
    const off_t data = lseek(mapping_.descriptor(), begin, SEEK_DATA);
    return data == begin || (data < 0 && errno != ENXIO);
}

std::uint64_t File::lock_offset(std::uint32_t slot) const {
    return slots_offset_ + slot * slot_bytes_ + offsetof(SlotHeader, lock_byte);
}

int create_file(const char* path, std::uint32_t split_capacity, std::uint32_t variant_capacity,
                std::uint32_t owner, std::uint32_t group) {
    const table::Path temporary = table::temporary_path_of(path);
    const int descriptor =
        ::open(temporary.text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (descriptor < 0) {
        return errno;
    }
    const Header header = make_header(split_capacity, variant_capacity);
    const bool made =
        ftruncate(descriptor, static_cast<off_t>(header.file_bytes)) == 0 &&
        pwrite(descriptor, &header, sizeof(header), 0) == sizeof(header) &&
        fchmod(descriptor, 0640) == 0 &&
        (owner == static_cast<std::uint32_t>(-1) || fchown(descriptor, owner, group) == 0) &&
        link(temporary.text, path) == 0;
    const int error = made ? 0 : errno;
    ::close(descriptor);
    unlink(temporary.text);
    return error;
}

}  // namespace teal::counters
