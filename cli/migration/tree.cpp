#include "cli/migration/tree.hpp"

namespace teal::cli::migration {
namespace {

const Json& nothing() {
    static const Json kNothing;
    return kNothing;
}

std::string string_of(const Json& node) {
    return word(as(node, "String"), "sval");
}

}  // namespace

const Json& member(const Json& node, const char* name) {
    if (!node.is_object()) {
        return nothing();
    }
    const auto found = node.find(name);
    return found == node.end() ? nothing() : *found;
}

const Json& list(const Json& node, const char* name) {
    const Json& found = member(node, name);
    static const Json kEmpty = Json::array();
    return found.is_array() ? found : kEmpty;
}

std::string word(const Json& node, const char* name) {
    const Json& found = member(node, name);
    return found.is_string() ? found.get<std::string>() : std::string();
}

bool flag(const Json& node, const char* name) {
    const Json& found = member(node, name);
    return found.is_boolean() && found.get<bool>();
}

std::optional<std::size_t> location(const Json& node) {
    const Json& found = member(node, "location");
    if (!found.is_number_integer() || found.get<long long>() < 0) {
        return std::nullopt;
    }
    return found.get<std::size_t>();
}

std::string_view kind_of(const Json& node) {
    return node.is_object() && node.size() == 1 ? std::string_view(node.begin().key())
                                                : std::string_view();
}

const Json& inside(const Json& node) {
    return node.is_object() && node.size() == 1 ? node.begin().value() : nothing();
}

const Json& as(const Json& node, const char* kind) {
    return member(node, kind);
}

std::string relation_name(const Json& range_var) {
    const std::string schema = word(range_var, "schemaname");
    const std::string name = word(range_var, "relname");
    return schema.empty() || schema == "public" ? name : schema + "." + name;
}

std::string dotted_name(const Json& names) {
    std::string text;
    const Json& parts = kind_of(names) == "List" ? list(inside(names), "items") : names;
    if (kind_of(parts) == "String") {
        return string_of(parts);
    }
    if (!parts.is_array()) {
        return text;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string part = string_of(parts[i]);
        if (i == 0 && parts.size() > 1 && part == "public") {
            continue;
        }
        text += (text.empty() ? "" : ".") + part;
    }
    return text;
}

std::string last_name(const Json& names) {
    return names.is_array() && !names.empty() ? string_of(names.back()) : std::string();
}

std::optional<std::string> constant_text(const Json& node) {
    const Json* value = &node;
    while (kind_of(*value) == "TypeCast") {
        value = &member(inside(*value), "arg");
    }
    const Json& constant = as(*value, "A_Const");
    if (const Json& text = member(constant, "sval"); text.is_object()) {
        return word(text, "sval");
    }
    if (const Json& number = member(constant, "ival"); number.is_object()) {
        return std::to_string(number.value("ival", 0L));  // a zero is left out
    }
    if (const Json& number = member(constant, "fval"); number.is_object()) {
        return word(number, "fval");
    }
    if (const Json& truth = member(constant, "boolval"); truth.is_object()) {
        return flag(truth, "boolval") ? "true" : "false";
    }
    return std::nullopt;
}

std::string option_value(const Json& definition) {
    const Json& value = member(definition, "arg");
    if (const Json& text = as(value, "String"); text.is_object()) {
        return word(text, "sval");
    }
    if (const Json& number = as(value, "Integer"); number.is_object()) {
        return std::to_string(number.value("ival", 0L));
    }
    if (const Json& truth = as(value, "Boolean"); truth.is_object()) {
        return flag(truth, "boolval") ? "true" : "false";
    }
    return constant_text(value).value_or("");
}

const Json& option(const Json& definitions, std::string_view name) {
    for (const Json& element : definitions) {
        const Json& definition = as(element, "DefElem");
        if (word(definition, "defname") == name) {
            return definition;
        }
    }
    return nothing();
}

bool has_option(const Json& definitions, std::string_view name) {
    const Json& definition = option(definitions, name);
    if (!definition.is_object()) {
        return false;
    }
    const std::string value = option_value(definition);
    return value != "false" && value != "off" && value != "0";
}

void visit(const Json& node,
           const std::function<void(std::string_view kind, const Json& inside)>& see) {
    std::vector<const Json*> left{&node};
    while (!left.empty()) {
        const Json& here = *left.back();
        left.pop_back();
        if (here.is_array()) {
            for (const Json& element : here) {
                left.push_back(&element);
            }
        } else if (here.is_object()) {
            for (const auto& [name, value] : here.items()) {
                if (!value.is_structured()) {
                    continue;
                }
                if (value.is_object() && name[0] >= 'A' && name[0] <= 'Z') {
                    see(name, value);
                }
                left.push_back(&value);
            }
        }
    }
}

}  // namespace teal::cli::migration
