#include "cli/project/toml_file.hpp"

#include "cli/error.hpp"
#include "cli/files/durable_file.hpp"

#include <toml++/toml.h>

namespace teal::cli {
namespace {

std::string dotted(const std::vector<std::string>& key) {
    std::string text;
    for (const std::string& part : key) {
        text += (text.empty() ? "" : ".") + part;
    }
    return text;
}

std::string place(const std::filesystem::path& file, const toml::source_region& source) {
    return file.string() + ":" + std::to_string(source.begin.line);
}

class Flattening {
public:
    explicit Flattening(const std::filesystem::path& file) : file_(file) {}

    void add(const toml::table& table, const std::vector<std::string>& above) {
        for (const auto& [name, node] : table) {
            std::vector<std::string> key = above;
            key.emplace_back(name.str());
            if (const toml::table* inner = node.as_table()) {
                add(*inner, key);
            } else {
                settings_.push_back(
                    {key, place(file_, node.source()) + ": " + dotted(key), value_of(node)});
            }
        }
    }

    std::vector<SettingValue> take() { return std::move(settings_); }

private:
    static decltype(SettingValue::value) value_of(const toml::node& node) {
        if (const auto* on = node.as_boolean()) {
            return on->get();
        }
        if (const auto* number = node.as_integer()) {
            return number->get();
        }
        if (const auto* number = node.as_floating_point()) {
            return number->get();
        }
        if (const auto* text = node.as_string()) {
            return text->get();
        }
        if (const toml::array* list = node.as_array()) {
            std::vector<std::string> texts;
            for (const toml::node& element : *list) {
                const auto* text = element.as_string();
                if (text == nullptr) {
                    return Unusable{"a list with something else than texts in it"};
                }
                texts.push_back(text->get());
            }
            return texts;
        }
        return Unusable{"a date or time"};
    }

    const std::filesystem::path& file_;
    std::vector<SettingValue> settings_;
};

}  // namespace

std::vector<SettingValue> read_toml(const std::filesystem::path& file) {
    const std::string text = read_whole(file);
    try {
        Flattening settings(file);
        settings.add(toml::parse(text), {});
        return settings.take();
    } catch (const toml::parse_error& error) {
        throw wrong_input(place(file, error.source()) + ": " + std::string(error.description()),
                          "correct that line; it has to be TOML (https://toml.io)");
    }
}

}  // namespace teal::cli
