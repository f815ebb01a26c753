#include "shared/table/writing/image.hpp"

#include "shared/table/writing/ring.hpp"

#include <algorithm>
#include <cstring>

namespace teal::table {
namespace {

// A publication takes well under a millisecond and one writer holds the lock, so more attempts
// than this in a row mean that something else is wrong.
constexpr int kReadAttempts = 1000;

Health read_image_once(const Reader& reader, TableImage& image) {
    const std::uint64_t generation = reader.generation();
    if (generation == 0) {
        return reader.published_word() == 0 ? Health::unpublished : Health::damaged;
    }
    BufferHeader header{};
    std::vector<DirectoryEntry> directory(reader.split_capacity());
    if (const Health health = reader.read_directory(generation, &header, directory.data());
        health != Health::ok) {
        return health;
    }
    image.generation = generation;
    image.published_unix_ns = header.published_unix_ns;
    image.membership_generation = header.membership_generation;
    image.splits.clear();
    std::vector<std::uint64_t> words;
    for (std::uint32_t i = 0; i < header.split_count; ++i) {
        words.assign(std::min<std::size_t>(directory[i].bytes, kMaxRecordBytes) / 8 + 1, 0);
        auto* record = reinterpret_cast<SplitRecord*>(words.data());
        if (const Health health = reader.read_record(generation, directory[i], record);
            health != Health::ok) {
            return health;
        }
        image.splits.push_back(decode_record(*record));
    }
    return Health::ok;
}

}  // namespace

VariantImage* SplitImage::find(std::string_view variant) {
    const auto found = std::find_if(variants.begin(), variants.end(),
                                    [&](const VariantImage& v) { return v.name == variant; });
    return found == variants.end() ? nullptr : &*found;
}

const VariantImage* SplitImage::find(std::string_view variant) const {
    return const_cast<SplitImage*>(this)->find(variant);
}

std::uint32_t SplitImage::apply_weights() {
    std::vector<std::uint32_t> weights;
    for (const VariantImage& variant : variants) {
        weights.push_back(variant.weight_ppm);
    }
    Ring before = std::move(ring);
    ring = recut(before, weights);
    return moved_ppm(before, ring);
}

SplitImage* TableImage::find(std::string_view split) {
    const auto found = std::find_if(splits.begin(), splits.end(),
                                    [&](const SplitImage& s) { return s.name == split; });
    return found == splits.end() ? nullptr : &*found;
}

const SplitImage* TableImage::find(std::string_view split) const {
    return const_cast<TableImage*>(this)->find(split);
}

Health read_image(const Reader& reader, TableImage& image) {
    Health health = Health::moved;
    for (int attempt = 0; attempt < kReadAttempts && health == Health::moved; ++attempt) {
        health = read_image_once(reader, image);
    }
    if (health != Health::ok) {
        image = TableImage{};
    }
    return health;
}

std::vector<std::uint64_t> encode_record(const SplitImage& split) {
    std::size_t endpoint_count = 0;
    for (const VariantImage& variant : split.variants) {
        endpoint_count += variant.endpoints.size();
    }
    std::vector<std::uint64_t> words(record_bytes(endpoint_count) / sizeof(std::uint64_t));
    auto* record = reinterpret_cast<SplitRecord*>(words.data());
    auto* endpoints = reinterpret_cast<Endpoint*>(record + 1);
    std::memcpy(record->name, split.name.data(), split.name.size());
    record->salt = split.salt;
    record->changed_generation = split.changed_generation;
    record->guard = split.guard;
    record->hold = split.hold;
    record->variant_count = static_cast<std::uint32_t>(split.variants.size());
    record->segment_count = static_cast<std::uint32_t>(split.ring.size());
    record->endpoint_count = static_cast<std::uint32_t>(endpoint_count);
    std::uint16_t next_endpoint = 0;
    for (std::size_t v = 0; v < split.variants.size(); ++v) {
        const VariantImage& from = split.variants[v];
        Variant& to = record->variants[v];
        std::memcpy(to.name, from.name.data(), from.name.size());
        to.weight_ppm = from.weight_ppm;
        to.state = static_cast<std::uint8_t>(from.state);
        to.first_endpoint = next_endpoint;
        to.endpoint_count = static_cast<std::uint16_t>(from.endpoints.size());
        for (const Endpoint& endpoint : from.endpoints) {
            endpoints[next_endpoint++] = endpoint;
        }
    }
    for (std::size_t i = 0; i < split.ring.size(); ++i) {
        record->segments[i] = {bound_of(split.ring[i].end_ppm), split.ring[i].end_ppm,
                               split.ring[i].variant};
    }
    return words;
}

SplitImage decode_record(const SplitRecord& record) {
    SplitImage split;
    split.name = record.name;
    split.salt = record.salt;
    split.changed_generation = record.changed_generation;
    split.guard = record.guard;
    split.hold = record.hold;
    for (std::uint32_t v = 0; v < record.variant_count; ++v) {
        const Variant& from = record.variants[v];
        VariantImage to{from.name, from.weight_ppm, static_cast<VariantState>(from.state), {}};
        const Endpoint* first = record.endpoints() + from.first_endpoint;
        to.endpoints.assign(first, first + from.endpoint_count);
        split.variants.push_back(std::move(to));
    }
    for (std::uint32_t i = 0; i < record.segment_count; ++i) {
        split.ring.push_back({record.segments[i].end_ppm, record.segments[i].variant});
    }
    return split;
}

}  // namespace teal::table
