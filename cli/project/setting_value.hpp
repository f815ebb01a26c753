// One setting as somebody wrote it: where, and what; and reading it as what it has to be. A value
// of teal.toml has a type of its own, a variable's is text: both are read by the same functions, so
// that a setting is described once.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace teal::cli {

// A date, or a list with something else than texts in it: nothing here takes that.
struct Unusable {
    std::string what;
};

struct SettingValue {
    std::vector<std::string> key;  // {"services", "web", "entry"}; empty for a variable
    std::string where;             // "/srv/shop/teal.toml:7: services.web.entry", "TEAL_WATCH"
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, Unusable> value;

    bool from_file() const { return !key.empty(); }
};

// All throw Error (wrong input) naming where, the value and what is accepted.
bool read_switch(const SettingValue& setting);
double read_seconds(const SettingValue& setting, double least, double most);
std::uint32_t read_count(const SettingValue& setting, std::uint32_t least, std::uint32_t most);
std::string read_text(const SettingValue& setting);  // not empty
std::string read_one_of(const SettingValue& setting, std::initializer_list<const char*> words);
// A list of texts; one text alone is a list of one.
std::vector<std::string> read_list(const SettingValue& setting);

// As somebody would write it: "\"soon\"", "12", "a date".
std::string shown(const SettingValue& setting);

}  // namespace teal::cli
