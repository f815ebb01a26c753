#include "tests/harness/message_parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace teal::harness {

namespace {

constexpr std::size_t kLargestHead = 256 * 1024;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

template <class Number>
bool read_number(std::string_view text, int base, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

std::size_t MessageParser::feed(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && step_ != Step::complete && step_ != Step::failed) {
        const auto rest = bytes.substr(taken);
        switch (step_) {
            case Step::head:
                taken += feed_head(rest);
                break;
            case Step::length:
            case Step::until_close:
            case Step::chunk:
                taken += feed_body(rest);
                break;
            default:
                taken += feed_line(rest);
                break;
        }
    }
    return taken;
}

std::size_t MessageParser::feed_head(std::string_view bytes) {
    const std::size_t before = head_.size();
    head_.append(bytes);
    const auto end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
        if (head_.size() > kLargestHead) {
            step_ = Step::failed;
        }
        return bytes.size();
    }
    head_.resize(end + 4);
    parse_head();
    return head_.size() - before;
}

void MessageParser::parse_head() {
    std::string_view rest = head_;
    rest.remove_suffix(2);  // the empty line
    bool first = true;
    step_ = Step::failed;
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        const auto line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        if (std::exchange(first, false)) {
            if (!parse_start_line(line)) {
                return;
            }
            continue;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) {
            return;
        }
        fields_.push_back({line.substr(0, colon), trimmed(line.substr(colon + 1))});
    }
    choose_body();
}

bool MessageParser::parse_start_line(std::string_view line) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) {
        return false;
    }
    first_ = line.substr(0, space);
    if (kind_ == Kind::response) {
        http_1_0_ = first_ == "HTTP/1.0";
        return first_.substr(0, 7) == "HTTP/1." &&
               read_number(line.substr(space + 1, 3), 10, status_);
    }
    const auto last = line.rfind(' ');
    if (last == space) {
        return false;
    }
    second_ = line.substr(space + 1, last - space - 1);
    http_1_0_ = line.substr(last + 1) == "HTTP/1.0";
    return line.substr(last + 1, 7) == "HTTP/1.";
}

void MessageParser::choose_body() {
    const bool answer = kind_ == Kind::response;
    const auto length = field("Content-Length");
    if (answer && (no_body_ || status_ < 200 || status_ == 204 || status_ == 304)) {
        step_ = Step::complete;
    } else if (field_has("Transfer-Encoding", "chunked")) {
        step_ = Step::chunk_size;
    } else if (!length.empty()) {
        if (!read_number(length, 10, left_)) {
            step_ = Step::failed;
            return;
        }
        step_ = left_ == 0 ? Step::complete : Step::length;
    } else {
        step_ = answer ? Step::until_close : Step::complete;
    }
}

std::size_t MessageParser::feed_body(std::string_view bytes) {
    const std::size_t size =
        step_ == Step::until_close ? bytes.size() : std::min(left_, bytes.size());
    body_size_ += size;
    if (keep_body_) {
        body_.append(bytes.substr(0, size));
    }
    if (step_ != Step::until_close) {
        left_ -= size;
        if (left_ == 0) {
            step_ = step_ == Step::length ? Step::complete : Step::chunk_end;
        }
    }
    return size;
}

// Lines between chunks: a size, the line end behind a chunk, a trailer.
std::size_t MessageParser::feed_line(std::string_view bytes) {
    const auto newline = bytes.find('\n');
    const std::size_t size = newline == std::string_view::npos ? bytes.size() : newline + 1;
    line_.append(bytes.substr(0, size));
    if (line_.size() > kLargestHead) {
        step_ = Step::failed;
    } else if (newline != std::string_view::npos) {
        end_line();
        line_.clear();
    }
    return size;
}

void MessageParser::end_line() {
    std::string_view line = line_;
    if (line.size() < 2 || line[line.size() - 2] != '\r') {
        step_ = Step::failed;
        return;
    }
    line.remove_suffix(2);
    if (step_ == Step::chunk_size) {
        const bool valid = read_number(trimmed(line.substr(0, line.find(';'))), 16, left_);
        step_ = !valid ? Step::failed : left_ == 0 ? Step::trailer : Step::chunk;
    } else if (step_ == Step::chunk_end) {
        step_ = line.empty() ? Step::chunk_size : Step::failed;
    } else if (line.empty()) {
        step_ = Step::complete;
    }
}

void MessageParser::end_of_stream() {
    if (step_ == Step::until_close) {
        step_ = Step::complete;
    }
}

void MessageParser::reset() {
    no_body_ = false;
    http_1_0_ = false;
    step_ = Step::head;
    head_.clear();
    line_.clear();
    first_ = {};
    second_ = {};
    status_ = 0;
    fields_.clear();
    left_ = 0;
    body_.clear();
    body_size_ = 0;
}

std::string_view MessageParser::field(std::string_view name) const {
    for (const auto& each : fields_) {
        if (same_name(each.name, name)) {
            return each.value;
        }
    }
    return {};
}

bool MessageParser::field_has(std::string_view name, std::string_view token) const {
    for (const auto& each : fields_) {
        std::string_view rest = same_name(each.name, name) ? each.value : std::string_view();
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            if (same_name(trimmed(rest.substr(0, comma)), token)) {
                return true;
            }
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

bool MessageParser::last_on_connection() const {
    return field_has("Connection", "close") ||
           (http_1_0_ && !field_has("Connection", "keep-alive")) ||
           (kind_ == Kind::response && status_ >= 200 && status_ != 204 && status_ != 304 &&
            !no_body_ && field("Content-Length").empty() &&
            !field_has("Transfer-Encoding", "chunked"));
}

}  // namespace teal::harness
