#include "cli/project/setting_value.hpp"

#include "cli/error.hpp"
#include "cli/project/settings.hpp"
#include "cli/suggestion.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace teal::cli {
namespace {

[[noreturn]] void refuse(const SettingValue& setting, const std::string& accepted) {
    throw wrong_input(setting.where + " is " + shown(setting), "use " + accepted);
}

std::optional<bool> switch_named(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (const char* yes : {"true", "yes", "on", "1"}) {
        if (text == yes) {
            return true;
        }
    }
    for (const char* no : {"false", "no", "off", "0"}) {
        if (text == no) {
            return false;
        }
    }
    return std::nullopt;
}

constexpr char kSwitchWords[] = "true or false (yes, no, on, off, 1, 0)";

// Text is taken for a number only from a variable: a file has numbers.
std::optional<double> number_in(const SettingValue& setting) {
    if (const auto* whole = std::get_if<std::int64_t>(&setting.value)) {
        return static_cast<double>(*whole);
    }
    if (const auto* number = std::get_if<double>(&setting.value)) {
        return *number;
    }
    const auto* text = std::get_if<std::string>(&setting.value);
    if (text == nullptr || setting.from_file() ||
        text->find_first_not_of("0123456789.") != std::string::npos) {
        return std::nullopt;
    }
    char* end = nullptr;
    const double number = std::strtod(text->c_str(), &end);
    return *end == '\0' ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string shown(const SettingValue& setting) {
    struct {
        std::string operator()(bool on) const { return on ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return fmt::format("{:g}", number); }
        std::string operator()(const std::string& text) const { return "\"" + text + "\""; }
        std::string operator()(const std::vector<std::string>& texts) const {
            std::string all;
            for (const std::string& text : texts) {
                all += (all.empty() ? "\"" : ", \"") + text + "\"";
            }
            return "[" + all + "]";
        }
        std::string operator()(const Unusable& other) const { return other.what; }
    } constexpr say;
    return std::visit(say, setting.value);
}

bool parse_switch(const std::string& where, const std::string& text) {
    const std::optional<bool> on = switch_named(text);
    if (!on) {
        throw wrong_input(where + " is \"" + text + "\"", std::string("use ") + kSwitchWords);
    }
    return *on;
}

bool read_switch(const SettingValue& setting) {
    if (const auto* on = std::get_if<bool>(&setting.value)) {
        return *on;
    }
    const auto* text = std::get_if<std::string>(&setting.value);
    const std::optional<bool> on = text != nullptr ? switch_named(*text) : std::nullopt;
    if (!on) {
        refuse(setting, kSwitchWords);
    }
    return *on;
}

double read_seconds(const SettingValue& setting, double least, double most) {
    const std::optional<double> seconds = number_in(setting);
    if (!seconds || !std::isfinite(*seconds) || *seconds < least || *seconds > most) {
        refuse(setting, fmt::format("a number of seconds, {:g} to {:g}", least, most));
    }
    return *seconds;
}

std::uint32_t read_count(const SettingValue& setting, std::uint32_t least, std::uint32_t most) {
    const std::optional<double> number = number_in(setting);
    if (!number || *number < least || *number > most || *number != std::floor(*number)) {
        refuse(setting, fmt::format("a whole number, {} to {}", least, most));
    }
    return static_cast<std::uint32_t>(*number);
}

std::string read_text(const SettingValue& setting) {
    const auto* text = std::get_if<std::string>(&setting.value);
    if (text == nullptr || text->empty()) {
        refuse(setting, "a text, in quotes");
    }
    if (text->find('\0') != std::string::npos) {
        refuse(setting, "a text without NUL characters");
    }
    return *text;
}

std::string read_one_of(const SettingValue& setting, std::initializer_list<const char*> words) {
    const auto* text = std::get_if<std::string>(&setting.value);
    const std::vector<std::string> known(words.begin(), words.end());
    if (text == nullptr || std::find(known.begin(), known.end(), *text) == known.end()) {
        throw wrong_input(setting.where + " is " + shown(setting) +
                              (text != nullptr ? did_you_mean(*text, known) : ""),
                          "use one of: " + listed(known));
    }
    return *text;
}

std::vector<std::string> read_list(const SettingValue& setting) {
    std::vector<std::string> texts;
    if (const auto* list = std::get_if<std::vector<std::string>>(&setting.value)) {
        texts = *list;
    } else {
        texts.push_back(read_text(setting));
    }
    for (const std::string& text : texts) {
        if (text.empty() || text.find('\0') != std::string::npos) {
            refuse(setting, "a list of texts, as in [\"one\", \"two\"]");
        }
    }
    return texts;
}

}  // namespace teal::cli
