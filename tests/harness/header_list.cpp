#include "tests/harness/header_list.hpp"

#include "tests/harness/message_parser.hpp"

namespace teal::harness {

std::vector<std::string> HeaderList::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [each, value] : all_) {
        if (same_name(each, name)) {
            values.push_back(value);
        }
    }
    return values;
}

std::string HeaderList::get(std::string_view name) const {
    const auto values = all(name);
    return values.empty() ? "" : values.front();
}

std::string HeaderList::cookie(std::string_view name) const {
    const std::string wanted = std::string(name) + "=";
    for (const auto& value : all("Set-Cookie")) {
        if (value.rfind(wanted, 0) == 0) {
            return value.substr(0, value.find(';'));
        }
    }
    return "";
}

}  // namespace teal::harness
