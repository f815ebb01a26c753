#include "cli/project/dotenv_edit.hpp"

#include "cli/error.hpp"
#include "cli/project/dotenv_scan.hpp"

#include <algorithm>

namespace teal::cli {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

bool is_plain(char c) {
    constexpr std::string_view kPlain = "_./:@%+,=-";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
}

// Compose takes \' in single quotes for a quote, and would miss the closing one after a backslash.
bool fits_single_quotes(const std::string& value) {
    return value.find_first_of("'\r\n") == std::string::npos && !value.ends_with('\\');
}

std::string in_double_quotes(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        switch (c) {
            case '\n':
                text += "\\n";
                break;
            case '\r':
                text += "\\r";
                break;
            case '"':
            case '\\':
            case '$':
                text += '\\';
                [[fallthrough]];
            default:
                text += c;
        }
    }
    return text + "\"";
}

std::string line_ending_of(const std::string& text) {
    const std::size_t first = text.find('\n');
    return first != std::string::npos && first > 0 && text[first - 1] == '\r' ? "\r\n" : "\n";
}

// Where a comment behind the value begins; the text's end when there is none.
std::size_t comment_behind(const std::string& text, std::size_t value_end) {
    const std::size_t next = text.find_first_not_of(" \t", value_end);
    return next != std::string::npos && text[next] == '#' ? next : text.size();
}

DotenvEffect set(std::string& text, const std::vector<DotenvAssignment>& found,
                 const std::string& name, const std::string& value) {
    const auto last = std::find_if(found.rbegin(), found.rend(),
                                   [&](const auto& one) { return one.name == name; });
    if (last == found.rend()) {
        const std::string ending = line_ending_of(text);
        text += text.empty() || text.ends_with('\n') ? "" : ending;
        text += name + "=" + written_value(value) + ending;
        return DotenvEffect::added;
    }
    if (last->value == value) {
        return DotenvEffect::unchanged;
    }
    std::string written = written_value(value, last->quote);
    std::size_t end = last->value_end;
    if (const std::size_t comment = comment_behind(text, end); comment < text.size()) {
        // Only " #", with a space, begins a comment for everybody; and nothing before it would make
        // compose take the comment for the value.
        written = written.empty() ? "\"\"" : written;
        if (comment == end || text[comment - 1] != ' ') {
            written += ' ';
            end = comment;
        }
    }
    text.replace(last->value_begin, end - last->value_begin, written);
    return DotenvEffect::changed;
}

DotenvEffect take_out(std::string& text, const std::vector<DotenvAssignment>& found,
                      const std::string& name) {
    DotenvEffect effect = DotenvEffect::absent;
    for (auto one = found.rbegin(); one != found.rend(); ++one) {
        if (one->name == name) {
            text.erase(one->begin, one->end - one->begin);
            effect = DotenvEffect::removed;
        }
    }
    return effect;
}

void apply(Values& values, const DotenvChange& change) {
    const auto known = std::find_if(values.begin(), values.end(),
                                    [&](const auto& one) { return one.first == change.name; });
    if (!change.value) {
        if (known != values.end()) {
            values.erase(known);
        }
    } else if (known != values.end()) {
        known->second = *change.value;
    } else {
        values.emplace_back(change.name, *change.value);
    }
}

}  // namespace

const char* name_of(DotenvEffect effect) {
    constexpr const char* kNames[] = {"added", "changed", "unchanged", "removed", "not set"};
    return kNames[static_cast<unsigned>(effect)];
}

DotenvEdit edit_dotenv(const std::filesystem::path& file, const std::string& text,
                       const std::vector<DotenvChange>& changes) {
    DotenvEdit edit{text};
    Values wanted = dotenv_values(file, text, OtherLines::skip);
    for (const DotenvChange& change : changes) {
        const auto found = scan_dotenv(file, edit.text, OtherLines::skip);
        edit.effects.push_back(change.value ? set(edit.text, found, change.name, *change.value)
                                            : take_out(edit.text, found, change.name));
        apply(wanted, change);
    }
    if (dotenv_values(file, edit.text, OtherLines::skip) != wanted) {
        throw failure(file.string() + ": the new text would be read as something else",
                      "change it with an editor, and please report this");
    }
    return edit;
}

std::string written_value(const std::string& value, char quote) {
    const auto is_plain_or_backslash = [](char c) { return is_plain(c) || c == '\\'; };
    if (quote == '\0' && std::all_of(value.begin(), value.end(), is_plain)) {
        return value;
    }
    if (quote != '"' && fits_single_quotes(value)) {
        return "'" + value + "'";
    }
    if (quote == '\0' && std::all_of(value.begin(), value.end(), is_plain_or_backslash)) {
        return value;
    }
    return in_double_quotes(value);
}

}  // namespace teal::cli
