// Pictures of intervals as SVG that stands in a page: it takes its colours from the page's classes,
// so that it follows light and dark.
#pragma once

#include "cli/experiment/findings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace teal::cli {

std::string escaped(const std::string& text);  // for HTML

struct PlotRow {
    std::string label;
    std::optional<double> value;
    std::optional<experiment::Interval> interval;  // ends may be infinite
};

// A line for each row. `around_zero`: with a line at 0 and a band of +-effect; else from 0 up.
// Values are shares, told in percent.
std::string interval_plot(const std::string& title, const std::vector<PlotRow>& rows,
                          bool around_zero, double effect);

// How one lift's interval narrowed while visitors came. REQUIRES: at least two moments.
std::string history_plot(const std::string& title, const std::vector<LiftMoment>& moments,
                         double effect);

}  // namespace teal::cli
