#include "cli/stack/procfile/dotenv.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <string_view>

namespace teal::cli {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

class Reader {
public:
    Reader(const std::filesystem::path& file, std::string_view text) : file_(file), text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            at_ = 3;
        }
    }

    Environment read() {
        while (skip_to_name()) {
            const std::string name = read_name();
            std::string value = read_value(name);
            if (value.find('\0') != std::string::npos) {
                refuse("the value of " + name + " has a NUL character in it", "remove it");
            }
            const auto same = [&](const auto& entry) { return entry.first == name; };
            const auto known = std::find_if(result_.begin(), result_.end(), same);
            if (known != result_.end()) {
                known->second = std::move(value);
            } else {
                result_.emplace_back(name, std::move(value));
            }
        }
        return std::move(result_);
    }

private:
    bool at_end() const { return at_ >= text_.size(); }
    char now() const { return at_end() ? '\n' : text_[at_]; }
    char take() {
        const char c = text_[at_++];
        line_ += c == '\n' ? 1 : 0;
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

    std::string read_name() {
        constexpr char kExample[] = "a variable is written NAME=VALUE";
        std::string name = read_word();
        skip_blanks();
        if (name == "export" && now() != '=') {
            name = read_word();
            skip_blanks();
        }
        // The line itself is not shown: whatever is wrong with it, there may be a secret in it.
        if (name.empty() || (name.front() >= '0' && name.front() <= '9') || now() != '=') {
            refuse("this is no variable", kExample);
        }
        take();
        skip_blanks();
        return name;
    }

    std::string read_value(const std::string& name) {
        if (now() == '\'' || now() == '"') {
            std::string value = read_quoted(name, take());
            skip_blanks();
            if (!at_end() && now() != '\n' && now() != '#') {
                refuse("there is something behind the closing quote of " + name,
                       "put the whole value in quotes, and a comment behind \" #\"");
            }
            skip_line();
            return value;
        }
        std::string value;
        while (!at_end() && now() != '\n') {
            if (now() == '#' && (value.empty() || is_blank(value.back()))) {
                break;
            }
            value += take();
        }
        skip_line();
        while (!value.empty() && is_blank(value.back())) {
            value.pop_back();
        }
        return value;
    }

    std::string read_quoted(const std::string& name, char quote) {
        const unsigned begin = line_;
        std::string value;
        while (!at_end()) {
            const char c = take();
            if (c == quote) {
                return value;
            }
            if (c == '\\' && quote == '"' && !at_end()) {
                value += unescaped();
            } else if (c != '\r' || now() != '\n') {
                value += c;
            }
        }
        line_ = begin;
        refuse("the value of " + name + " has no closing quote", "close it");
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
    std::size_t at_ = 0;
    unsigned line_ = 1;
    Environment result_;
};

}  // namespace

Environment parse_dotenv(const std::filesystem::path& file, const std::string& text) {
    return Reader(file, text).read();
}

}  // namespace teal::cli
