#include "cli/project/dotenv_scan.hpp"

#include "cli/error.hpp"
#include "shared/text/ascii.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace teal::cli {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '.' || c == '-';
}

class Scanner {
public:
    Scanner(const std::filesystem::path& file, std::string_view text, OtherLines other_lines)
        : file_(file), text_(text), other_lines_(other_lines) {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            at_ = line_begin_ = 3;
        }
    }

    std::vector<DotenvAssignment> scan() {
        std::vector<DotenvAssignment> found;
        while (skip_to_name()) {
            DotenvAssignment assignment;
            assignment.begin = line_begin_;
            std::optional<std::string> name = read_name();
            if (!name) {
                skip_line();
                continue;
            }
            assignment.name = std::move(*name);
            read_value(assignment);
            assignment.end = at_;
            if (assignment.value.find('\0') != std::string::npos) {
                refuse("the value of " + assignment.name + " has a NUL character in it",
                       "remove it");
            }
            found.push_back(std::move(assignment));
        }
        return found;
    }

private:
    bool at_end() const { return at_ >= text_.size(); }
    char now() const { return at_end() ? '\n' : text_[at_]; }
    char take() {
        const char c = text_[at_++];
        if (c == '\n') {
            ++line_;
            line_begin_ = at_;
        }
        return c;
    }
    void skip_blanks() {
        while (!at_end() && is_blank(now())) {
            take();
        }
    }
    void skip_line() {
        while (!at_end() && take() != '\n') {
        }
    }

    [[noreturn]] void refuse(const std::string& what, const std::string& next_step) const {
        throw wrong_input(file_.string() + ":" + std::to_string(line_) + ": " + what, next_step);
    }

    bool skip_to_name() {
        while (!at_end()) {
            skip_blanks();
            if (at_end()) {
                return false;
            }
            if (now() == '#') {
                skip_line();
            } else if (now() == '\n') {
                take();
            } else {
                return true;
            }
        }
        return false;
    }

    std::string read_word() {
        std::string word;
        while (!at_end() && is_name_character(now())) {
            word += take();
        }
        return word;
    }

    // Nothing for a line that is skipped.
    std::optional<std::string> read_name() {
        std::string name = read_word();
        skip_blanks();
        if (name == "export" && now() != '=') {
            name = read_word();
            skip_blanks();
        }
        if (!is_dotenv_name(name) || now() != '=') {
            if (other_lines_ == OtherLines::skip) {
                return std::nullopt;
            }
            // The line itself is not shown: whatever is wrong with it, it may be a secret.
            refuse("this is no variable", "a variable is written NAME=VALUE");
        }
        take();
        skip_blanks();
        return name;
    }

    void read_value(DotenvAssignment& assignment) {
        assignment.value_begin = at_;
        if (now() == '\'' || now() == '"') {
            assignment.quote = take();
            assignment.value = read_quoted(assignment);
            assignment.value_end = at_;
            skip_blanks();
            if (!at_end() && now() != '\n' && now() != '#') {
                refuse("there is something behind the closing quote of " + assignment.name,
                       "put the whole value in quotes, and a comment behind \" #\"");
            }
            skip_line();
            return;
        }
        std::string& value = assignment.value;
        while (!at_end() && now() != '\n') {
            if (now() == '#' && (value.empty() || is_blank(value.back()))) {
                break;
            }
            value += take();
        }
        while (!value.empty() && is_blank(value.back())) {
            value.pop_back();
        }
        assignment.value_end = assignment.value_begin + value.size();
        skip_line();
    }

    std::string read_quoted(const DotenvAssignment& assignment) {
        const unsigned begin = line_;
        std::string value;
        while (!at_end()) {
            const char c = take();
            if (c == assignment.quote) {
                return value;
            }
            if (c == '\\' && assignment.quote == '"' && !at_end()) {
                value += unescaped();
            } else if (c != '\r' || now() != '\n') {
                value += c;
            }
        }
        line_ = begin;
        refuse("the value of " + assignment.name + " has no closing quote", "close it");
    }

    std::string unescaped() {
        const char c = take();
        switch (c) {
            case 'n':
                return "\n";
            case 'r':
                return "\r";
            case 't':
                return "\t";
            case '"':
            case '\\':
            case '$':
                return {c};
            default:
                return {'\\', c};
        }
    }

    const std::filesystem::path& file_;
    std::string_view text_;
    OtherLines other_lines_;
    std::size_t at_ = 0;
    std::size_t line_begin_ = 0;
    unsigned line_ = 1;
};

}  // namespace

std::vector<DotenvAssignment> scan_dotenv(const std::filesystem::path& file,
                                          const std::string& text, OtherLines other_lines) {
    return Scanner(file, text, other_lines).scan();
}

std::vector<std::pair<std::string, std::string>> dotenv_values(const std::filesystem::path& file,
                                                               const std::string& text,
                                                               OtherLines other_lines) {
    std::vector<std::pair<std::string, std::string>> values;
    for (DotenvAssignment& assignment : scan_dotenv(file, text, other_lines)) {
        const auto known = std::find_if(values.begin(), values.end(), [&](const auto& entry) {
            return entry.first == assignment.name;
        });
        if (known != values.end()) {
            known->second = std::move(assignment.value);
        } else {
            values.emplace_back(std::move(assignment.name), std::move(assignment.value));
        }
    }
    return values;
}

bool is_dotenv_name(const std::string& name) {
    return !name.empty() && !is_digit(name.front()) &&
           std::all_of(name.begin(), name.end(), is_name_character);
}

}  // namespace teal::cli
