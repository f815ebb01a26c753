#include "nginx-module/request_cookie.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

template <typename Word>
bool same_ends(const u_char* a, const u_char* b, std::size_t bytes) {
    Word first_a, first_b, last_a, last_b;
    std::memcpy(&first_a, a, sizeof(Word));
    std::memcpy(&first_b, b, sizeof(Word));
    std::memcpy(&last_a, a + bytes - sizeof(Word), sizeof(Word));
    std::memcpy(&last_b, b + bytes - sizeof(Word), sizeof(Word));
    return first_a == first_b && last_a == last_b;
}

// Names have 4 to 16 letters, for which two words that overlap are compared sooner than a function
// is called.
bool is_same(const u_char* a, const u_char* b, std::size_t bytes) {
    return bytes >= 4 && bytes <= 8   ? same_ends<std::uint32_t>(a, b, bytes)
           : bytes > 8 && bytes <= 16 ? same_ends<std::uint64_t>(a, b, bytes)
                                      : std::memcmp(a, b, bytes) == 0;
}

// Most cookies already differ in their first letter.
bool begins_with(const u_char* at, const u_char* end, const ngx_str_t& name) {
    return static_cast<std::size_t>(end - at) >= name.len && (*at | 0x20) == (*name.data | 0x20) &&
           (is_same(at, name.data, name.len) ||
            ngx_strncasecmp(const_cast<u_char*>(at), name.data, name.len) == 0);
}

const u_char* skip_spaces(const u_char* at, const u_char* end) {
    while (at < end && *at == ' ') {
        ++at;
    }
    return at;
}

// Where the cookie at `at` ends. nginx 1.29.6 stopped taking a comma for that. Eight bytes at a
// time (Mycroft's test for a zero byte; the lowest one it finds is always right): cookies that are
// passed over are what a request has most of.
[[gnu::noinline]] const u_char* find_end(const u_char* at, const u_char* end) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word & (kOnes << 7); };
    for (; end - at >= 8; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof(word));
        std::uint64_t found = zeros(word ^ kOnes * ';');
#if (nginx_version < 1029006)
        found |= zeros(word ^ kOnes * ',');
#endif
        if (found != 0) {
            return at + __builtin_ctzll(found) / 8;
        }
    }
#if (nginx_version >= 1029006)
    while (at < end && *at != ';') {
#else
    while (at < end && *at != ';' && *at != ',') {
#endif
        ++at;
    }
    return at;
}

bool cookie_in(const ngx_str_t& header, const ngx_str_t& name, ngx_str_t& value) {
    const u_char* at = header.data;
    const u_char* end = at + header.len;
    while (at < end) {
        if (begins_with(at, end, name)) {
            at = skip_spaces(at + name.len, end);
            if (at < end && *at++ == '=') {
                at = skip_spaces(at, end);
                const auto* last = static_cast<const u_char*>(
                    std::memchr(at, ';', static_cast<std::size_t>(end - at)));
                value.data = const_cast<u_char*>(at);
                value.len = static_cast<std::size_t>((last != nullptr ? last : end) - at);
                return true;
            }
        }
        at = find_end(at, end);
        at = skip_spaces(at < end ? at + 1 : end, end);
    }
    return false;
}

}  // namespace

bool find_request_cookie(ngx_http_request_t* r, const ngx_str_t& name, ngx_str_t& value) {
#if (nginx_version >= 1023000)  // a list, an array before
    for (const ngx_table_elt_t* header = r->headers_in.cookie; header != nullptr;
         header = header->next) {
        if (cookie_in(header->value, name, value)) {
            return true;
        }
    }
#else
    auto* const* headers = static_cast<ngx_table_elt_t* const*>(r->headers_in.cookies.elts);
    for (ngx_uint_t i = 0; i < r->headers_in.cookies.nelts; ++i) {
        if (cookie_in(headers[i]->value, name, value)) {
            return true;
        }
    }
#endif
    return false;
}

}  // namespace teal::nginx
