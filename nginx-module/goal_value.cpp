#include "nginx-module/goal_value.hpp"

#include <cstdlib>
#include <cstring>

namespace teal::nginx {
namespace {

// Longer than any double needs to be told.
constexpr std::size_t kMostDigits = 63;

// strtod() takes more than a number ("nan", "0x1p3", spaces): what it sees is chosen here.
bool parse_number(std::string_view text, double* value) {
    char digits[kMostDigits + 1];
    if (text.empty() || text.size() > kMostDigits) {
        return false;
    }
    for (const char c : text) {
        if ((c < '0' || c > '9') && c != '+' && c != '-' && c != '.' && c != 'e' && c != 'E') {
            return false;
        }
    }
    std::memcpy(digits, text.data(), text.size());
    digits[text.size()] = '\0';
    char* end = nullptr;
    *value = std::strtod(digits, &end);
    return end == digits + text.size() && *value >= -kMostGoalValue && *value <= kMostGoalValue;
}

}  // namespace

bool read_goal_value(ngx_http_request_t* r, const GoalLine& line, double* value) {
    ngx_str_t text;
    if (ngx_http_complex_value(r, line.value, &text) != NGX_OK || text.len == 0) {
        return false;
    }
    if (!parse_number(view_of(text), value)) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "teal_goal \"%V\": value \"%V\" is no number between -1e12 and 1e12, the "
                      "conversion is counted without it",
                      &line.name, &text);
        return false;
    }
    return true;
}

}  // namespace teal::nginx
