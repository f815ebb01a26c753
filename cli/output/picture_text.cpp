#include "cli/output/picture_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/output/text_table.hpp"
#include "cli/traffic/hold.hpp"
#include "cli/traffic/percent.hpp"
#include "cli/traffic/weights.hpp"

#include <fmt/format.h>

namespace teal::cli {
namespace {

std::string head(const TrafficPicture& picture) {
    if (picture.generation == 0) {
        return "nothing published yet; make a split with: teal init --split app\n";
    }
    std::string text =
        fmt::format("generation {} · published {} ({}) · ", picture.generation,
                    time_text(picture.published_unix_ns), age_text(picture.published_unix_ns));
    const Applied& applied = picture.applied;
    if (applied.workers == 0) {
        return text + coloured("no live nginx worker", Colour::yellow) + "\n";
    }
    const std::string by =
        fmt::format("applied by {} of {} workers", applied.on_it(), applied.workers);
    text += applied.behind.empty() ? by : coloured(by, Colour::yellow);
    if (!applied.behind.empty()) {
        text += fmt::format(", behind: {}", pids_of(applied.behind));
    }
    return text + "\n";
}

std::string two(const Quantiles& quantiles) {
    return quantiles.p50_us
               ? latency_text(quantiles.p50_us) + " / " + latency_text(quantiles.p99_us)
               : "-";
}

std::string state_cell(const SplitPicture& split, const VariantPicture& variant) {
    if (variant.name == split.tripped_variant) {
        return coloured("tripped", Colour::red);
    }
    return variant.state == table::VariantState::open
               ? "open"
               : coloured(state_text(variant.state), Colour::yellow);
}

std::string variants_text(const SplitPicture& split, bool interval) {
    TextTable rows("lrlrrrrr");
    rows.add({"VARIANT", "WEIGHT", "STATE", interval ? "REQUESTS/S" : "REQUESTS", "ERRORS",
              "IN FLIGHT", "FIRST BYTE p50 / p99", "TOTAL p50 / p99"});
    for (const VariantPicture& variant : split.variants) {
        const VariantTraffic& traffic = variant.traffic;
        rows.add({variant.name, percent_text(variant.weight_ppm), state_cell(split, variant),
                  interval ? rate_text(traffic.requests_per_s) : std::to_string(traffic.requests),
                  share_text(traffic.error_share), std::to_string(traffic.in_flight),
                  two(traffic.first_byte), two(traffic.total)});
    }
    return rows.text("  ");
}

std::string endpoints_text(const SplitPicture& split, std::uint32_t workers) {
    TextTable rows("llrrrl");
    rows.add({"ENDPOINTS", "", "IN FLIGHT", "ATTEMPTS", "FAILURES", ""});
    bool any = false;
    for (const VariantPicture& variant : split.variants) {
        for (const EndpointPicture& endpoint : variant.endpoints) {
            const std::string avoided =
                fmt::format("avoided by {} of {} workers", endpoint.avoided_by, workers);
            rows.add({variant.name, endpoint.address, std::to_string(endpoint.in_flight),
                      std::to_string(endpoint.attempts), std::to_string(endpoint.failures),
                      endpoint.avoided_by == 0 ? "" : coloured(avoided, Colour::yellow)});
            any = true;
        }
    }
    return any ? rows.text("  ") : std::string{};
}

std::string split_text(const SplitPicture& split, const TrafficPicture& picture) {
    std::string text = "\n" + coloured(split.name, Colour::bold);
    if (picture.has_counters && !split.in_nginx) {
        text += coloured("  (not in the running nginx.conf)", Colour::yellow);
    }
    text += "\n";
    if (!split.tripped_variant.empty()) {
        text += "  " +
                coloured("the guard has tripped: " + split.tripped_variant + " gets no traffic",
                         Colour::red) +
                " until the next teal traffic set\n";
    }
    if (const std::string held = held_line(split); !held.empty()) {
        text += "  " + coloured(held, Colour::yellow) + "; let go: teal traffic resume " +
                split.name + "\n";
    }
    text += variants_text(split, picture.interval_s > 0.0);
    return text + endpoints_text(split, picture.applied.workers);
}

}  // namespace

std::string held_line(const SplitPicture& split) {
    const counters::HoldSums& sums = split.holds;
    if (!split.held) {
        return {};
    }
    return fmt::format("held: {} request{} wait{} inside nginx, {} left{}", sums.waiting,
                       sums.waiting == 1 ? "" : "s", sums.waiting == 1 ? "s" : "",
                       time_left_text(split.hold.until_unix_ns, now_unix_ns()),
                       sums.refused > 0 ? fmt::format(" ({} got 503 so far)", sums.refused) : "");
}

std::string picture_text(const TrafficPicture& picture) {
    std::string text = head(picture);
    for (const SplitPicture& split : picture.splits) {
        text += split_text(split, picture);
    }
    return text;
}

}  // namespace teal::cli
