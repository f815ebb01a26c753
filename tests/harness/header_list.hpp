// The header fields of an answer: kept in order, duplicates kept, names compared without case.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace teal::harness {

class HeaderList {
public:
    void add(std::string_view name, std::string_view value) { all_.emplace_back(name, value); }

    // First value of that name; empty when there is none.
    std::string get(std::string_view name) const;
    // Every value of that name, in order.
    std::vector<std::string> all(std::string_view name) const;
    bool has(std::string_view name) const { return !all(name).empty(); }
    // `name=value` of the cookie set by a Set-Cookie field, without attributes; empty when none
    // was.
    std::string cookie(std::string_view name) const;

    auto begin() const { return all_.begin(); }
    auto end() const { return all_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

}  // namespace teal::harness
