#include "nginx-module/request_cookie.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

bool begins_with(const u_char* at, const u_char* end, const ngx_str_t& name) {
    return static_cast<std::size_t>(end - at) >= name.len &&
           (std::memcmp(at, name.data, name.len) == 0 ||
            ngx_strncasecmp(const_cast<u_char*>(at), name.data, name.len) == 0);
}

const u_char* skip_spaces(const u_char* at, const u_char* end) {
    while (at < end && *at == ' ') {
        ++at;
    }
    return at;
}

// nginx 1.29.6 stopped taking a comma for the end of a cookie.
bool ends_piece(u_char byte) {
#if (nginx_version >= 1029006)
    return byte == ';';
#else
    return byte == ';' || byte == ',';
#endif
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
        while (at < end && !ends_piece(*at)) {
            ++at;
        }
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
