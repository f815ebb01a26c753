// Table files of any content through the reader: no crash, and whatever it accepts is safe to use.
//
// An input is a byte of flags and edits (offset, length, bytes) of a good table's header, buffer
// header, directory and record. Random bytes never get past a checksum, so half of the inputs have
// theirs made good again: those are the files that a broken or hostile writer would make.
//   flags: 1 = checksums made good, 2 = cut short (the next two bytes say where), 4 = the rest of
//   the input is the whole file
#include "shared/hash/key_hash.hpp"
#include "shared/table/reader.hpp"
#include "shared/table/restore.hpp"
#include "shared/table/route.hpp"
#include "tests/fixtures/file_bytes.hpp"
#include "tests/fixtures/sample_table.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace teal::table;

namespace {

// A published table for one split, in memory, with a path to open it by.
struct Base {
    Base() {
        const teal::fixtures::TableFiles files(1);
        TableImage image = teal::fixtures::sample_image();
        image.splits.resize(1);
        files.publish(image);
        good = teal::fixtures::bytes_of(files.table);
        descriptor = memfd_create("table", MFD_CLOEXEC);
        fchmod(descriptor, 0600);
        path = "/proc/self/fd/" + std::to_string(descriptor);
        buffer = kHeaderBytes + buffer_bytes(1);
        used = sizeof(Header) + arena_offset(1) + record_bytes(3);
    }
    // Place in the file of an offset into header, buffer header, directory and record.
    std::size_t place(std::size_t offset) const {
        offset %= used;
        return offset < sizeof(Header) ? offset : buffer + (offset - sizeof(Header));
    }
    void store(const std::string& bytes) const {
        if (ftruncate(descriptor, 0) != 0 ||
            ftruncate(descriptor, static_cast<off_t>(bytes.size())) != 0 ||
            pwrite(descriptor, bytes.data(), std::min<std::size_t>(bytes.size(), 4096), 0) < 0 ||
            (bytes.size() > buffer && pwrite(descriptor, bytes.data() + buffer,
                                             std::min<std::size_t>(bytes.size() - buffer, 8192),
                                             static_cast<off_t>(buffer)) < 0)) {
            std::abort();
        }
    }

    std::string good;
    std::string path;
    int descriptor = -1;
    std::size_t buffer = 0;
    std::size_t used = 0;
};

void make_checksums_good(std::string& bytes, std::size_t at) {
    auto* header = reinterpret_cast<Header*>(bytes.data());
    header->checksum = teal::checksum(header, offsetof(Header, checksum));
    auto* buffer = reinterpret_cast<BufferHeader*>(bytes.data() + at);
    auto* entry = reinterpret_cast<DirectoryEntry*>(buffer + 1);
    const std::size_t room = bytes.size() - at;
    if (entry->offset < room && entry->bytes <= room - entry->offset) {
        entry->checksum = teal::checksum(bytes.data() + at + entry->offset, entry->bytes);
    }
    const std::size_t directory = std::min<std::size_t>(buffer->split_count, 1) * sizeof(*entry);
    buffer->checksum =
        teal::checksum(buffer, offsetof(BufferHeader, checksum), teal::checksum(entry, directory));
}

std::string edited(const Base& base, const std::uint8_t* data, std::size_t size) {
    const std::uint8_t flags = data[0];
    std::size_t at = 1;
    std::size_t length = base.good.size();
    if ((flags & 2) != 0 && size >= 3) {
        length = (std::size_t{data[1]} << 8 | data[2]) * 3;
        at = 3;
    }
    std::string bytes = base.good;
    while (at + 3 <= size) {
        const std::size_t offset = std::size_t{data[at]} << 8 | data[at + 1];
        const std::size_t count = std::min<std::size_t>(data[at + 2], size - at - 3);
        for (std::size_t i = 0; i < count; ++i) {
            bytes[base.place(offset + i)] = static_cast<char>(data[at + 3 + i]);
        }
        at += 3 + count;
    }
    if ((flags & 1) != 0) {
        make_checksums_good(bytes, base.buffer);
    }
    bytes.resize(std::min(length, bytes.size()));
    return bytes;
}

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// What a worker does with an accepted record: nothing of it may lead outside.
void use(const SplitImage& split) {
    const auto words = encode_record(split);
    const auto& record = *reinterpret_cast<const SplitRecord*>(words.data());
    for (const std::uint64_t hash : {std::uint64_t{0}, ~std::uint64_t{0} / 3, ~std::uint64_t{0}}) {
        require(variant_at(record, hash) < record.variant_count);
    }
    for (std::uint32_t v = 0; v < record.variant_count; ++v) {
        const Choice choice = choose_without_key(record, {.when = v, .sticky = v});
        require(choice.variant == kNoVariant || choice.variant < record.variant_count);
        require(record.variants[v].first_endpoint + record.variants[v].endpoint_count <=
                static_cast<int>(record.endpoint_count));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Base base;
    if (size == 0) {
        return 0;
    }
    base.store((data[0] & 4) != 0 ? std::string(reinterpret_cast<const char*>(data) + 1, size - 1)
                                  : edited(base, data, size));
    Reader reader;
    int error = 0;
    std::uint32_t version = 0;
    if (reader.open(base.path.c_str(), &error, &version) == Health::ok) {
        TableImage image;
        if (read_image(reader, image) == Health::ok) {
            std::for_each(image.splits.begin(), image.splits.end(), use);
        }
    }
    // A saved copy is judged by the same bytes; the place to restore to does not exist.
    restore_table("/nonexistent/table", base.path.c_str(), &error);
    return 0;
}
