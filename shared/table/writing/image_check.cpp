#include "shared/table/writing/image_check.hpp"

#include "shared/table/names.hpp"
#include "shared/table/writing/publisher.hpp"

#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

namespace teal::table {
namespace {

// What is wrong with the variants, or nothing.
std::string variants_fault(const SplitImage& split) {
    if (split.variants.empty() || split.variants.size() > kMaxVariants) {
        return "has " + std::to_string(split.variants.size()) + " variants, 1 to " +
               std::to_string(kMaxVariants) + " are possible";
    }
    std::set<std::string_view> names;
    for (const VariantImage& variant : split.variants) {
        if (!is_variant_name(variant.name)) {
            return "has a variant with the invalid name \"" + variant.name + "\"";
        }
        if (!names.insert(variant.name).second) {
            return "has two variants with the name \"" + variant.name + "\"";
        }
        if (variant.endpoints.size() > kMaxEndpoints) {
            return "variant \"" + variant.name + "\" has " +
                   std::to_string(variant.endpoints.size()) + " endpoints, at most " +
                   std::to_string(kMaxEndpoints) + " are possible";
        }
    }
    return {};
}

// What is wrong with the ring, or nothing. REQUIRES: variants without fault.
std::string ring_fault(const SplitImage& split) {
    std::vector<std::uint32_t> cut(split.variants.size());
    std::uint32_t begin = 0;
    bool sound = split.ring.size() <= kMaxSegments;
    for (const RingPiece& piece : split.ring) {
        sound = sound && piece.end_ppm > begin && piece.end_ppm <= kTotalPpm &&
                piece.variant < cut.size();
        if (!sound) {
            break;
        }
        cut[piece.variant] += piece.end_ppm - begin;
        begin = piece.end_ppm;
    }
    for (std::size_t v = 0; sound && v < cut.size(); ++v) {
        sound = cut[v] == split.variants[v].weight_ppm;
    }
    return sound && begin == kTotalPpm ? "" : "has weights that its ring was not cut to";
}

std::string split_fault(const SplitImage& split) {
    if (!is_split_name(split.name)) {
        return "has an invalid name";
    }
    std::string fault = variants_fault(split);
    if (fault.empty()) {
        fault = ring_fault(split);
    }
    if (fault.empty()) {
        const std::vector<std::uint64_t> words = encode_record(split);
        const auto& record = *reinterpret_cast<const SplitRecord*>(words.data());
        if (!is_valid_record(record, words.size() * sizeof(std::uint64_t))) {
            fault = "has an endpoint, a state or a guard that no reader would take";
        }
    }
    return fault;
}

[[noreturn]] void refuse(const std::string& path, const SplitImage& split,
                         const std::string& fault) {
    throw PublishError(path + ": split \"" + split.name + "\" " + fault);
}

}  // namespace

void check_image(const std::string& path, const TableImage& image, std::uint32_t split_capacity) {
    if (image.splits.size() > split_capacity) {
        throw PublishError(path + ": " + std::to_string(image.splits.size()) +
                           " splits do not fit into a table made for " +
                           std::to_string(split_capacity));
    }
    std::set<std::string_view> names;
    for (const SplitImage& split : image.splits) {
        std::string fault = split_fault(split);
        if (fault.empty() && !names.insert(split.name).second) {
            fault = "is there twice";
        }
        if (!fault.empty()) {
            refuse(path, split, fault);
        }
    }
}

}  // namespace teal::table
