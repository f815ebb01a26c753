// What the words of a statement tell before it is parsed: whether its semicolons are its own, and
// whether data follows it. The rules are psql's (psqlscan.l: identifier_count, begin_depth).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace teal::cli::migration {

class StatementWords {
public:
    void word(std::string_view spelled) {
        std::string lower(spelled);
        std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        if (depth_ == 0) {
            copies_from_stdin_ =
                copies_from_stdin_ || (first_[0] == "copy" && last_ == "from" && lower == "stdin");
            follow_body(lower);
        }
        if (count_ < first_.size()) {
            first_[count_] = lower;
        }
        ++count_;
        last_ = std::move(lower);
    }
    void quoted_name() {
        ++count_;
        last_.clear();
    }
    void parenthesis(char c) {
        depth_ += c == '(' ? 1u : 0u;
        depth_ -= c == ')' && depth_ > 0 ? 1u : 0u;
    }

    // Inside (…), or in the body of a function written as BEGIN ATOMIC … END.
    bool holds_semicolons() const { return depth_ > 0 || body_depth_ > 0; }
    bool copies_from_stdin() const { return copies_from_stdin_; }

private:
    bool creates_routine() const {
        const std::size_t what = first_[1] == "or" && first_[2] == "replace" ? 3 : 1;
        return first_[0] == "create" && (first_[what] == "function" || first_[what] == "procedure");
    }
    void follow_body(const std::string& lower) {
        if (!creates_routine()) {
            return;
        }
        if (lower == "begin" || (lower == "case" && body_depth_ > 0)) {
            ++body_depth_;
        } else if (lower == "end" && body_depth_ > 0) {
            --body_depth_;
        }
    }

    std::array<std::string, 4> first_{};
    std::string last_{};
    std::size_t count_ = 0;
    std::size_t depth_ = 0;
    std::size_t body_depth_ = 0;
    bool copies_from_stdin_ = false;
};

}  // namespace teal::cli::migration
