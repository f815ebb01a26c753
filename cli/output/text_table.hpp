// Rows in aligned columns.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

class TextTable {
public:
    // `alignment`: one letter a column, 'l' or 'r'.
    explicit TextTable(std::string alignment) : alignment_(std::move(alignment)) {}

    // REQUIRES: as many cells as columns.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    // A line of its own below the last row, as wide as it likes.
    void add_remark(std::string line) { rows_.push_back({std::move(line)}); }
    // Lines, each with `indent` before it and a newline behind it.
    std::string text(const std::string& indent) const;

private:
    std::string alignment_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace teal::cli
