#include "cli/output/experiment_plot.hpp"

#include "cli/output/experiment_words.hpp"
#include "cli/output/quantities.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace teal::cli {
namespace {

constexpr double kWidth = 720;
constexpr double kLeft = 130;
constexpr double kRight = 16;
constexpr double kRow = 34;
constexpr double kTop = 12;
constexpr double kHistoryHeight = 220;

// From values to places, with round numbers to mark.
struct Axis {
    double low, high;  // values
    double from, to;   // places
    double place(double value) const {
        return from + (std::clamp(value, low, high) - low) / (high - low) * (to - from);
    }
    double step() const {
        const double rough = (high - low) / 6;
        const double power = std::pow(10, std::floor(std::log10(rough)));
        const double lead = rough / power;
        return (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power;
    }
    std::vector<double> marks() const {
        std::vector<double> all;
        for (double at = std::ceil(low / step() - 1e-9); at * step() <= high * (1 + 1e-12); ++at) {
            all.push_back(at * step());
        }
        return all;
    }
    std::string mark_text(double value) const {
        const int decimals =
            std::clamp(-static_cast<int>(std::floor(std::log10(step() * 100) + 1e-9)), 0, 6);
        return fmt::format("{:.{}f} %", value * 100 + 0.0, decimals);
    }
};

// Wide enough for all that is finite; an interval without an end leaves the picture.
void widen(Axis& axis, double value) {
    if (std::isfinite(value)) {
        axis.low = std::min(axis.low, value);
        axis.high = std::max(axis.high, value);
    }
}

void add_margin(Axis& axis, bool down) {
    const double margin = std::max((axis.high - axis.low) * 0.05, 1e-6);
    axis.high += margin;
    axis.low -= down ? margin : 0;
}

std::string line(const char* kind, double x1, double y1, double x2, double y2) {
    return fmt::format(
        "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", kind, x1,
        y1, x2, y2);
}

std::string words(double x, double y, const char* anchor, const std::string& text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor,
                       escaped(text));
}

std::string rect(const char* kind, double x, double y, double width, double height) {
    return fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", kind,
        x, y, std::max(width, 0.0), std::max(height, 0.0));
}

std::string opening(const std::string& title, double height) {
    return fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">"
        "<title>{}</title>",
        kWidth, height, escaped(title), escaped(title));
}

std::string marker(const PlotRow& row, const Axis& axis, double y) {
    std::string svg = words(kLeft - 10, y + 4, "end", row.label);
    if (row.interval) {
        const double low = axis.place(row.interval->low);
        const double high = axis.place(row.interval->high);
        svg += line("bar", low, y, high, y);
        // An end beyond the picture has no stroke.
        svg += row.interval->low >= axis.low ? line("bar", low, y - 5, low, y + 5) : "";
        svg += row.interval->high <= axis.high ? line("bar", high, y - 5, high, y + 5) : "";
    }
    if (row.value) {
        svg += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\"/>",
                           axis.place(*row.value), y);
    }
    return svg;
}

}  // namespace

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string interval_plot(const std::string& title, const std::vector<PlotRow>& rows,
                          bool around_zero, double effect) {
    Axis axis{0, 0, kLeft, kWidth - kRight};
    if (around_zero) {
        axis.low = -effect;
        axis.high = effect;
    }
    for (const PlotRow& row : rows) {
        widen(axis, row.value.value_or(0));
        if (row.interval) {
            // A first interval of 2 000 % would hide all others.
            widen(axis, around_zero ? std::clamp(row.interval->low, -1.0, 3.0) : row.interval->low);
            widen(axis,
                  around_zero ? std::clamp(row.interval->high, -1.0, 3.0) : row.interval->high);
        }
    }
    add_margin(axis, around_zero);
    const double bottom = kTop + kRow * static_cast<double>(rows.size());
    std::string svg = opening(title, bottom + 24);
    if (around_zero) {
        svg += rect("band", axis.place(-effect), kTop, axis.place(effect) - axis.place(-effect),
                    bottom - kTop);
    }
    for (const double mark : axis.marks()) {
        svg += line("grid", axis.place(mark), kTop, axis.place(mark), bottom);
        svg += words(axis.place(mark), bottom + 16, "middle", axis.mark_text(mark));
    }
    if (around_zero) {
        svg += line("zero", axis.place(0), kTop, axis.place(0), bottom);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        svg += marker(rows[i], axis, kTop + kRow * (static_cast<double>(i) + 0.5));
    }
    return svg + "</svg>\n";
}

std::string history_plot(const std::string& title, const std::vector<LiftMoment>& moments,
                         double effect) {
    Axis across{0, static_cast<double>(moments.back().visitors), kLeft, kWidth - kRight};
    across.high = std::max(across.high, 1.0);
    // The last interval and some room: the first ones are as wide as can be.
    const experiment::Interval& last = moments.back().interval;
    Axis up{-effect, effect, kHistoryHeight, kTop};
    widen(up, std::clamp(2 * last.low, -1.0, 3.0));
    widen(up, std::clamp(2 * last.high, -1.0, 3.0));
    add_margin(up, true);
    std::string svg = opening(title, kHistoryHeight + 40);
    svg += rect("band", kLeft, up.place(effect), kWidth - kRight - kLeft,
                up.place(-effect) - up.place(effect));
    for (const double mark : up.marks()) {
        svg += line("grid", kLeft, up.place(mark), kWidth - kRight, up.place(mark));
        svg += words(kLeft - 10, up.place(mark) + 4, "end", up.mark_text(mark));
    }
    std::string upper;
    std::string lower;
    std::string middle;
    for (const LiftMoment& moment : moments) {
        const double x = across.place(static_cast<double>(moment.visitors));
        upper += fmt::format("{:.1f},{:.1f} ", x, up.place(moment.interval.high));
        lower = fmt::format("{:.1f},{:.1f} ", x, up.place(moment.interval.low)) + lower;
        if (moment.lift) {
            middle += fmt::format("{:.1f},{:.1f} ", x, up.place(*moment.lift));
        }
    }
    svg += "<polygon class=\"area\" points=\"" + upper + lower + "\"/>";
    svg += "<polyline class=\"path\" points=\"" + middle + "\"/>";
    svg += line("zero", kLeft, up.place(0), kWidth - kRight, up.place(0));
    svg += words(kLeft, kHistoryHeight + 18, "start",
                 "0 visitors, " + time_text(moments.front().time_unix_ns));
    svg += words(
        kWidth - kRight, kHistoryHeight + 18, "end",
        grouped(moments.back().visitors) + " visitors, " + time_text(moments.back().time_unix_ns));
    return svg + "</svg>\n";
}

}  // namespace teal::cli
