// How a metric is described, and how one sample of it is written.
#pragma once

#include "nginx-module/metric_families.hpp"

namespace teal::nginx {

// A metric of variants.
struct MetricFamily {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    void (*write)(const MetricFamily& family, const MetricRow& row, MetricText& text);
    std::size_t word;  // of those that are one counter, or a histogram's sum
};

// A metric of the whole nginx, or of each split: one of the two is set.
struct GeneralFamily {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    void (*write)(const GeneralFamily& family, const MetricSource& source, MetricText& text);
    void (*write_split)(const GeneralFamily& family, const MetricSource& source,
                        std::uint32_t split, MetricText& text);
};
inline constexpr std::size_t kGeneralFamilyCount = 26;
extern const GeneralFamily kGeneralFamilies[kGeneralFamilyCount];

inline void head(MetricText& text, std::string_view name, std::string_view type,
                 std::string_view help) {
    text.text("# HELP ").text(name).text(" ").text(help).text("\n# TYPE ").text(name);
    text.text(" ").text(type).text("\n");
}

// Up to the value, which follows with the line's end.
inline MetricText& sample(MetricText& text, std::string_view name, std::string_view labels) {
    return text.text(name).text("{").text(labels).text("} ");
}
// With one more label, whose value needs no escaping.
inline MetricText& sample(MetricText& text, std::string_view name, std::string_view labels,
                          std::string_view label, std::string_view value) {
    text.text(name).text("{").text(labels).text(",").text(label).text("=\"");
    return text.text(value).text("\"} ");
}

}  // namespace teal::nginx
