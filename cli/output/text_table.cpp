#include "cli/output/text_table.hpp"

#include "cli/output/screen.hpp"

#include <algorithm>

namespace teal::cli {

std::string TextTable::text(const std::string& indent) const {
    std::vector<std::size_t> widths(alignment_.size());
    const auto is_remark = [&](const auto& row) { return row.size() < alignment_.size(); };
    for (const auto& row : rows_) {
        for (std::size_t c = 0; c < row.size() && !is_remark(row); ++c) {
            widths[c] = std::max(widths[c], width_of(row[c]));
        }
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line = indent;
        if (is_remark(row)) {
            text += indent + row.front() + "\n";
            continue;
        }
        for (std::size_t c = 0; c < row.size(); ++c) {
            const std::string padding(widths[c] - width_of(row[c]), ' ');
            line +=
                (c == 0 ? "" : "  ") + (alignment_[c] == 'r' ? padding + row[c] : row[c] + padding);
        }
        text += line.erase(line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

}  // namespace teal::cli
