#include "cli/output/watch_view.hpp"

#include "cli/output/picture_output.hpp"
#include "cli/output/quantities.hpp"
#include "cli/output/screen.hpp"
#include "cli/traffic/percent.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace teal::cli {
namespace {

constexpr std::size_t kNarrow = 40;        // below it there is no room for columns
constexpr std::size_t kLeastLine = 4;      // a shorter line says nothing
constexpr std::size_t kLongestName = 12;   // of a variant, where it stands in a column
constexpr std::size_t kInFlightFrom = 96;  // columns from which there is room for it
constexpr double kLeastErrorTop = 0.01;    // so that one error in a thousand looks small
constexpr double kLeastRateTop = 1;
constexpr double kLeastLatencyTop_us = 1000;

void push(std::vector<std::optional<double>>& values, std::optional<double> value) {
    values.push_back(value);
    if (values.size() > WatchHistory::kLongest) {
        values.erase(values.begin());
    }
}

double top_of(const std::vector<std::optional<double>>& values, double least) {
    double top = least;
    for (const std::optional<double>& value : values) {
        top = std::max(top, value.value_or(0));
    }
    return top;
}

std::string weight_text(const SplitPicture& split, const VariantPicture& variant) {
    return variant.name == split.tripped_variant ? "tripped" : percent_text(variant.weight_ppm);
}

// How the columns are divided among what a variant's row shows.
struct Columns {
    std::size_t name = 0;
    std::size_t weight = 0;
    std::size_t line = 0;   // of each of the lines
    std::size_t lines = 0;  // 3: all, 1: that of the rate, 0: none
    bool in_flight = false;
    std::size_t all = 0;

    static constexpr std::size_t kRate = 8;     // "123456/s"
    static constexpr std::size_t kErrors = 7;   // "12.34 %"
    static constexpr std::size_t kLatency = 7;  // "1234 ms"
    static constexpr std::size_t kInFlight = 6;
};

Columns divide(const TrafficPicture& picture, std::size_t columns) {
    Columns made;
    made.all = columns;
    for (const SplitPicture& split : picture.splits) {
        for (const VariantPicture& variant : split.variants) {
            made.name = std::max(made.name, std::min(variant.name.size(), kLongestName));
            made.weight = std::max(made.weight, width_of(weight_text(split, variant)));
        }
    }
    made.name = std::max<std::size_t>(made.name, 7);
    made.weight = std::max<std::size_t>(made.weight, 6);
    made.in_flight = columns >= kInFlightFrom;
    const std::size_t fixed = 2 + made.name + 1 + made.weight + 2 + Columns::kRate + 2 +
                              Columns::kErrors + 2 + Columns::kLatency +
                              (made.in_flight ? 2 + Columns::kInFlight : 0);
    const std::size_t left = columns > fixed ? columns - fixed : 0;
    made.lines = left >= 3 * (kLeastLine + 1) ? 3 : left >= kLeastLine + 1 ? 1 : 0;
    made.line = made.lines == 0 ? 0 : std::min(left / made.lines - 1, WatchHistory::kLongest);
    return made;
}

class Row {
public:
    explicit Row(Charset charset) : charset_(charset) {}
    Row& gap(std::size_t columns) {
        text_.append(columns, ' ');
        return *this;
    }
    Row& cell(std::string_view text, std::size_t width, Align align) {
        text_ += fitted(text, width, align, charset_);
        return *this;
    }
    Row& raw(const std::string& text) {
        text_ += text;
        return *this;
    }
    std::string line(std::size_t columns) const { return at_most(text_, columns, charset_) + "\n"; }

private:
    Charset charset_;
    std::string text_;
};

std::string header(const Columns& columns, Charset charset) {
    Row row(charset);
    const std::size_t line = columns.line + (columns.lines > 0 ? 1 : 0);
    const std::size_t others = columns.lines == 3 ? line : 0;
    row.gap(2).cell("VARIANT", columns.name, Align::left).gap(1);
    row.cell("WEIGHT", columns.weight, Align::right).gap(2);
    row.cell("REQUESTS", Columns::kRate, Align::right).gap(line + 2);
    row.cell("ERRORS", Columns::kErrors, Align::right).gap(others + 2);
    row.cell("p99", Columns::kLatency, Align::right).gap(others);
    if (columns.in_flight) {
        row.gap(2).cell("FLYING", Columns::kInFlight, Align::right);
    }
    return row.line(columns.all);
}

std::string variant_row(const SplitPicture& split, const VariantPicture& variant,
                        const WatchSeries& past, const Columns& columns, Charset charset) {
    const VariantTraffic& traffic = variant.traffic;
    const auto add_line = [&](Row& row, const std::vector<std::optional<double>>& values,
                              double least_top) {
        row.gap(1).raw(sparkline(values, columns.line, top_of(values, least_top), charset));
    };
    Row row(charset);
    row.gap(2).cell(variant.name, columns.name, Align::left).gap(1);
    row.cell(weight_text(split, variant), columns.weight, Align::right).gap(2);
    row.cell(rate_text(traffic.requests_per_s) + "/s", Columns::kRate, Align::right);
    if (columns.lines > 0) {
        add_line(row, past.rate, kLeastRateTop);
    }
    row.gap(2).cell(share_text(traffic.error_share), Columns::kErrors, Align::right);
    if (columns.lines == 3) {
        add_line(row, past.error_share, kLeastErrorTop);
    }
    row.gap(2).cell(latency_text(traffic.total.p99_us), Columns::kLatency, Align::right);
    if (columns.lines == 3) {
        add_line(row, past.p99_us, kLeastLatencyTop_us);
    }
    if (columns.in_flight) {
        row.gap(2).cell(std::to_string(traffic.in_flight), Columns::kInFlight, Align::right);
    }
    return row.line(columns.all);
}

// Where there is no room for columns: two short lines.
std::string narrow_rows(const SplitPicture& split, const VariantPicture& variant,
                        std::size_t columns, Charset charset) {
    const VariantTraffic& traffic = variant.traffic;
    return at_most(fmt::format(" {} {}", variant.name, weight_text(split, variant)), columns,
                   charset) +
           "\n" +
           at_most(fmt::format("  {}/s {} {}", rate_text(traffic.requests_per_s),
                               share_text(traffic.error_share), latency_text(traffic.total.p99_us)),
                   columns, charset) +
           "\n";
}

std::string head(const WatchFrame& frame) {
    const TrafficPicture& picture = frame.picture;
    std::string text = fmt::format("{} · generation {} · ", frame.clock, picture.generation);
    if (picture.applied.workers == 0) {
        return text + "no live nginx worker";
    }
    return text + fmt::format("applied by {} of {} workers", picture.applied.on_it(),
                              picture.applied.workers);
}

double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

std::string evidence_text(double evidence, double threshold) {
    return fmt::format("ln E {:.2f} of {:.2f}", std::max(evidence, -99.0), threshold);
}

// The canary's steps, how much of this one has passed, and what speaks against it and for it.
std::string ramp_rows(const RampPicture& picture, std::size_t columns, Charset charset) {
    const Ramp& ramp = picture.ramp;
    const std::size_t cells = columns >= 60 ? 20 : columns >= kNarrow ? 10 : 0;
    const auto row = [&](std::string_view what, double part, const std::string& text) {
        Row made(charset);
        made.gap(2).cell(what, 10, Align::left);
        if (cells > 0) {
            made.raw(bar(part, cells, charset)).gap(1);
        }
        return made.raw(in_charset(text, charset)).line(columns);
    };
    std::string steps;
    for (const std::uint32_t step : ramp.terms.steps) {
        steps += steps.empty() ? "" : " ";
        steps += step == ramp.weight_ppm ? "[" + percent_text(step) + "]" : percent_text(step);
    }
    std::string text =
        at_most(in_charset(fmt::format("canary {} of {}: {} · {}", ramp.splits.front().canary,
                                       split_names(ramp), phase_text(ramp.phase), steps),
                           charset),
                columns, charset) +
        "\n";
    if (picture.left_ns && ramp.terms.hold_ns > 0) {
        const auto held = static_cast<double>(picture.held_ns);
        text += row("step", share(held, static_cast<double>(ramp.terms.hold_ns)),
                    fmt::format("{:.0f} s, {:.0f} s left", held / 1e9,
                                static_cast<double>(*picture.left_ns) / 1e9));
    }
    for (const RampSplitPicture& split : picture.splits) {
        if (split.threshold <= 0) {
            text += row("against", 0, "the guard has not looked yet");
            continue;
        }
        const std::string of = picture.splits.size() > 1 ? "  " + split.split : "";
        text += row("against", share(split.log_evidence, split.threshold),
                    (split.tripped ? "tripped  " : "") +
                        evidence_text(split.log_evidence, split.threshold) + of);
        text += row("no worse", share(split.log_no_worse, split.promotion_threshold),
                    evidence_text(split.log_no_worse, split.promotion_threshold) + of);
    }
    if (!picture.waits.empty()) {
        text += at_most(in_charset("  " + picture.waits, charset), columns, charset) + "\n";
    }
    return text;
}

}  // namespace

void WatchHistory::add(const TrafficPicture& picture) {
    for (const SplitPicture& split : picture.splits) {
        for (const VariantPicture& variant : split.variants) {
            WatchSeries& series = series_[{split.name, variant.name}];
            push(series.rate, variant.traffic.requests_per_s);
            push(series.error_share, variant.traffic.error_share);
            push(series.p99_us, variant.traffic.total.p99_us);
        }
    }
}

const WatchSeries* WatchHistory::find(const std::string& split, const std::string& variant) const {
    const auto found = series_.find({split, variant});
    return found == series_.end() ? nullptr : &found->second;
}

std::string draw_watch(const WatchFrame& frame, const WatchHistory& history, std::size_t columns,
                       Charset charset) {
    const WatchSeries nothing;
    const Columns divided = divide(frame.picture, columns);
    const bool narrow = columns < kNarrow;
    std::string text = at_most(in_charset(head(frame), charset), columns, charset) + "\n";
    text += narrow || frame.picture.splits.empty() ? "" : header(divided, charset);
    for (const SplitPicture& split : frame.picture.splits) {
        text += at_most(split.in_nginx ? split.name : split.name + " (not in nginx.conf)", columns,
                        charset) +
                "\n";
        if (const std::string held = held_line(split); !held.empty()) {
            text += at_most(in_charset("  " + held, charset), columns, charset) + "\n";
        }
        for (const VariantPicture& variant : split.variants) {
            const WatchSeries* past = history.find(split.name, variant.name);
            text += narrow ? narrow_rows(split, variant, columns, charset)
                           : variant_row(split, variant, past != nullptr ? *past : nothing, divided,
                                         charset);
        }
    }
    for (const RampPicture& ramp : frame.ramps) {
        text += "\n" + ramp_rows(ramp, columns, charset);
    }
    return text;
}

std::string watch_line(const WatchFrame& frame) {
    const TrafficPicture& picture = frame.picture;
    std::string text =
        fmt::format("{} generation {} applied {}/{}", frame.clock, picture.generation,
                    picture.applied.on_it(), picture.applied.workers);
    for (const SplitPicture& split : picture.splits) {
        if (split.held) {
            text += fmt::format("; {} held, {} wait", split.name, split.holds.waiting);
        }
        for (const VariantPicture& variant : split.variants) {
            const VariantTraffic& traffic = variant.traffic;
            text +=
                fmt::format("; {} {} {} {}/s errors {} p99 {}", split.name, variant.name,
                            weight_text(split, variant), rate_text(traffic.requests_per_s),
                            share_text(traffic.error_share), latency_text(traffic.total.p99_us));
        }
    }
    for (const RampPicture& ramp : frame.ramps) {
        for (const RampSplitPicture& split : ramp.splits) {
            text +=
                fmt::format("; canary {} of {} {} {} {}", split.canary.variant, split.split,
                            percent_text(ramp.ramp.weight_ppm), phase_text(ramp.ramp.phase),
                            split.threshold > 0 ? evidence_text(split.log_evidence, split.threshold)
                                                : "ln E unknown");
        }
    }
    return text;
}

}  // namespace teal::cli
