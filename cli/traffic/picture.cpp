#include "cli/traffic/picture.hpp"

#include "cli/output/quantities.hpp"
#include "cli/traffic/hold.hpp"
#include "cli/traffic/set_words.hpp"
#include "shared/table/writing/address.hpp"

namespace teal::cli {
namespace {

std::vector<EndpointPicture> endpoints_of(const table::VariantImage& variant,
                                          const counters::VariantCounters* sums) {
    std::vector<EndpointPicture> pictures;
    for (const table::Endpoint& endpoint : variant.endpoints) {
        EndpointPicture picture;
        picture.address = table::text_of(endpoint);
        picture.slot = endpoint.slot;
        if (sums != nullptr) {
            const counters::EndpointCounters& counted = sums->endpoints[endpoint.slot];
            picture.in_flight = counted.in_flight;
            picture.avoided_by = counted.avoided;
            picture.attempts = counted.attempts;
            picture.failures = counted.failures;
        }
        pictures.push_back(std::move(picture));
    }
    return pictures;
}

SplitPicture picture_of(const table::SplitImage& split, std::uint64_t generation,
                        const NginxView& nginx, const Reading* before, const Reading& now,
                        double seconds) {
    SplitPicture picture;
    picture.name = split.name;
    const std::optional<std::uint32_t> entry = nginx.find_split(split.name);
    if (entry) {
        const counters::SplitEntry& counted = nginx.file().split(*entry);
        picture.in_nginx = nginx.is_configured(counted);
        picture.proxied = (counted.flags & counters::kSplitProxied) != 0;
    }
    if (nginx.has_tripped(split, generation)) {
        picture.tripped_variant = split.variants[split.guard.canary].name;
    }
    picture.held = is_held(split, now_unix_ns());
    picture.hold = split.hold;
    picture.holds = hold_sums_of(nginx, split.name);
    for (const table::VariantImage& variant : split.variants) {
        VariantPicture& shown = picture.variants.emplace_back();
        shown.name = variant.name;
        shown.weight_ppm = variant.weight_ppm;
        shown.state = variant.state;
        const std::optional<std::uint32_t> place =
            entry ? nginx.find_variant(*entry, variant.name) : std::nullopt;
        const counters::VariantCounters* sums = place ? now.of(*place) : nullptr;
        shown.in_nginx = place && nginx.is_configured(nginx.file().variant(*place));
        shown.traffic = traffic_between(before != nullptr && place ? before->of(*place) : nullptr,
                                        sums, seconds);
        shown.endpoints = endpoints_of(variant, sums);
    }
    return picture;
}

}  // namespace

std::vector<const table::SplitImage*> chosen_splits(table::TableImage& image,
                                                    const std::vector<std::string>& names) {
    std::vector<const table::SplitImage*> splits;
    for (const std::string& name : names) {
        splits.push_back(&split_named(image, name));
    }
    if (names.empty()) {
        for (const table::SplitImage& split : image.splits) {
            splits.push_back(&split);
        }
    }
    return splits;
}

std::vector<std::uint32_t> counted_variants(const std::vector<const table::SplitImage*>& splits,
                                            const NginxView& nginx) {
    std::vector<std::uint32_t> places;
    for (const table::SplitImage* split : splits) {
        if (const std::optional<std::uint32_t> entry = nginx.find_split(split->name)) {
            const std::vector<std::uint32_t>& of_split = nginx.variants_of(*entry);
            places.insert(places.end(), of_split.begin(), of_split.end());
        }
    }
    return places;
}

TrafficPicture take_picture(const table::TableImage& image,
                            const std::vector<const table::SplitImage*>& splits,
                            const NginxView& nginx, const Reading* before, const Reading& now) {
    TrafficPicture picture;
    if (before != nullptr && !before->same_file(now)) {
        before = nullptr;
    }
    if (before != nullptr) {
        picture.interval_s = static_cast<double>(now.monotonic_ns() - before->monotonic_ns()) / 1e9;
    }
    picture.generation = image.generation;
    picture.published_unix_ns = image.published_unix_ns;
    picture.applied = look_whether_applied(nginx, image.generation);
    picture.has_counters = nginx.is_open();
    for (const table::SplitImage* split : splits) {
        picture.splits.push_back(
            picture_of(*split, image.generation, nginx, before, now, picture.interval_s));
    }
    return picture;
}

}  // namespace teal::cli
