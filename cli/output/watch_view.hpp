// What `teal traffic watch` and `teal status --watch` show: each variant's requests/s, error share
// and p99 as numbers and as lines over the last views, and the step and evidence of a canary that
// is under way. A pure function of what was seen and the terminal's width.
#pragma once

#include "cli/output/drawing.hpp"
#include "cli/ramp/ramp_picture.hpp"
#include "cli/traffic/picture.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

// One variant's past, oldest first; nothing where a view had nothing to measure.
struct WatchSeries {
    std::vector<std::optional<double>> rate;
    std::vector<std::optional<double>> error_share;
    std::vector<std::optional<double>> p99_us;
};

class WatchHistory {
public:
    static constexpr std::size_t kLongest = 240;  // columns of the widest line

    void add(const TrafficPicture& picture);
    // nullptr: not seen yet.
    const WatchSeries* find(const std::string& split, const std::string& variant) const;

private:
    std::map<std::pair<std::string, std::string>, WatchSeries> series_;
};

struct WatchFrame {
    TrafficPicture picture;  // of the last interval
    std::vector<RampPicture> ramps{};
    std::string clock;  // "14:30:01"
};

// Lines, each with a newline, none wider than `columns`.
std::string draw_watch(const WatchFrame& frame, const WatchHistory& history, std::size_t columns,
                       Charset charset);

// The same in one plain line without its end, for what is no terminal.
std::string watch_line(const WatchFrame& frame);

}  // namespace teal::cli
