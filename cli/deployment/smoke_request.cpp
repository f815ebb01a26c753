#include "cli/deployment/smoke_request.hpp"

#include "cli/deployment/entry_urls.hpp"
#include "cli/deployment/pin.hpp"
#include "cli/health/url.hpp"
#include "cli/traffic/observation.hpp"
#include "shared/counters/sums.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

constexpr double kRequestTimeout_s = 5.0;

}  // namespace

SmokeRequest smoke_request(const NginxView& nginx, const SnapshotEntry& entry, Color color,
                           const std::string& url) {
    SmokeRequest request;
    const std::string& split = entry.entry.split;
    const std::optional<Url> parts = parse_url(url);
    if (!parts) {
        request.problem = "\"" + url + "\" is not an http or https URL";
        return request;
    }
    const Pin pin = pin_of(nginx, split);
    const std::optional<std::uint32_t> variant =
        nginx.find_variant(*nginx.find_split(split), name_of(color));
    if (!variant || !nginx.is_configured(nginx.file().variant(*variant))) {
        request.problem = fmt::format("teal_split {} of the running nginx.conf has no variant {}",
                                      split, name_of(color));
        return request;
    }
    request.target = {
        entry.service, parts->address, through_nginx(entry, *parts), {}, kRequestTimeout_s};
    put_pin(request.target, pin, name_of(color));
    request.variant = *variant;
    request.times = std::max<std::size_t>(2, entry.replicas);
    return request;
}

Attempts attempts_of(const NginxView& nginx, std::uint32_t variant) {
    const Reading reading(nginx, {variant});
    const counters::VariantCounters* sums = reading.of(variant);
    return sums == nullptr ? Attempts{} : Attempts{sums->started, counters::errors(*sums)};
}

std::string against_counters(const std::string& url, const std::string& split, Color color,
                             const Attempts& grown, std::uint64_t asked) {
    if (grown.started < asked) {
        return fmt::format(
            "{} answered, but not through {} of {}: that address or path leads elsewhere in "
            "nginx.conf",
            url, name_of(color), split);
    }
    if (grown.errors != 0) {
        return fmt::format("{} answered, but {} of {} attempts on {} failed and were retried", url,
                           grown.errors, grown.started, name_of(color));
    }
    return "";
}

}  // namespace teal::cli
