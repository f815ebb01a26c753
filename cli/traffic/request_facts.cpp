#include "cli/traffic/request_facts.hpp"

#include "cli/error.hpp"
#include "shared/table/names.hpp"

#include <arpa/inet.h>
#include <algorithm>

namespace teal::cli {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// A header's name as it stands in a variable's: lower case, '_' for '-'.
std::string variable_form(std::string_view name) {
    std::string text(name);
    for (char& c : text) {
        c = c == '-' ? '_' : lower(c);
    }
    return text;
}

std::string lowered(std::string_view name) {
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(), lower);
    return text;
}

template <typename Form>
std::optional<std::string> find(const NamedValues& values, std::string_view name, Form form) {
    for (const auto& [known, value] : values) {
        if (form(known) == form(name)) {
            return value;
        }
    }
    return std::nullopt;
}

std::string trimmed(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return std::string(text);
}

// The pairs of a Cookie header.
std::optional<std::string> find_in_header(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const std::size_t end = header.find(';');
        const std::string pair = trimmed(header.substr(0, end));
        header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
        const std::size_t equals = pair.find('=');
        if (equals != std::string::npos && lowered(pair.substr(0, equals)) == lowered(name)) {
            return pair.substr(equals + 1);
        }
    }
    return std::nullopt;
}

// $binary_remote_addr: 4 or 16 bytes.
std::string binary_address(const std::string& address) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, address.c_str(), bytes) == 1) {
        return {reinterpret_cast<const char*>(bytes), 4};
    }
    inet_pton(AF_INET6, address.c_str(), bytes);
    return {reinterpret_cast<const char*>(bytes), 16};
}

// The variable's name at text[at], which stands behind '$'; moves `at` behind it.
std::string take_name(std::string_view text, std::size_t& at) {
    const bool braced = at < text.size() && text[at] == '{';
    const std::size_t begin = braced ? at + 1 : at;
    std::size_t end = begin;
    while (end < text.size() && table::is_word_character(text[end])) {
        ++end;
    }
    at = braced && end < text.size() && text[end] == '}' ? end + 1 : end;
    return std::string(text.substr(begin, end - begin));
}

}  // namespace

std::pair<std::string, std::string> parse_named_value(const std::string& option, char separator,
                                                      const std::string& text) {
    const std::size_t at = text.find(separator);
    if (at == std::string::npos || at == 0) {
        throw wrong_input(option + " \"" + text + "\" has no name and value",
                          separator == ':' ? "write as in --header 'X-Beta: 1'"
                                           : "write as in " + option + " name=value");
    }
    return {text.substr(0, at),
            separator == ':' ? trimmed(text.substr(at + 1)) : text.substr(at + 1)};
}

void check_address(const std::string& address) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, address.c_str(), bytes) != 1 &&
        inet_pton(AF_INET6, address.c_str(), bytes) != 1) {
        throw wrong_input("--address \"" + address + "\" is not an IP address",
                          "write as in --address 192.0.2.7 or --address 2001:db8::7");
    }
}

std::string Evaluation::value_of(std::string_view expression) {
    std::string value;
    std::size_t at = 0;
    while (at < expression.size()) {
        const char c = expression[at++];
        if (c != '$') {
            value += c;
            continue;
        }
        const std::string name = take_name(expression, at);
        value += name.empty() ? "$" : variable(name);
    }
    return value;
}

std::optional<std::string> Evaluation::cookie(std::string_view name) const {
    if (std::optional<std::string> given = find(facts_.cookies, name, lowered)) {
        return given;
    }
    const std::optional<std::string> header = find(facts_.headers, "cookie", variable_form);
    return header ? find_in_header(*header, name) : std::nullopt;
}

std::string Evaluation::variable(const std::string& name) {
    const std::string known = lowered(name);
    if (const std::optional<std::string> given = find(facts_.variables, known, lowered)) {
        return *given;
    }
    std::optional<std::string> value;
    std::string option = "--var " + name + "=…";
    if (known.starts_with("cookie_")) {
        value = cookie(name.substr(7));
        option = "--cookie " + name.substr(7) + "=…";
    } else if (known.starts_with("http_")) {
        value = find(facts_.headers, known.substr(5), variable_form);
        option = "--header '" + name.substr(5) + ": …'";
        std::replace(option.begin() + 10, option.end(), '_', '-');
    } else if (known.starts_with("arg_")) {
        value = find(facts_.arguments, known.substr(4), lowered);
        option = "--arg " + name.substr(4) + "=…";
    } else if (known == "remote_addr" || known == "binary_remote_addr") {
        option = "--address IP";
        if (facts_.address) {
            value = known == "remote_addr" ? *facts_.address : binary_address(*facts_.address);
        }
    }
    if (!value) {
        note_missing("$" + name, option);
    }
    return value.value_or("");
}

void Evaluation::note_missing(const std::string& name, const std::string& option) {
    const bool noted = std::any_of(missing_.begin(), missing_.end(),
                                   [&](const MissingFact& fact) { return fact.variable == name; });
    if (!noted) {
        missing_.push_back({name, option});
    }
}

}  // namespace teal::cli
