#include "nginx-module/key_value.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

constexpr std::string_view kCookiePrefix = "cookie_";

// A variable of this name is defined (`set`, `map`, a module), so nginx's $cookie_… is not asked.
bool is_defined(const ngx_http_core_main_conf_t& core, std::string_view name) {
    const auto* defined = static_cast<const ngx_hash_key_t*>(core.variables_keys->keys.elts);
    for (ngx_uint_t i = 0; i < core.variables_keys->keys.nelts; ++i) {
        if (view_of(defined[i].key) == name) {
            return true;
        }
    }
    return false;
}

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

// Reads as ngx_http_parse_multi_header_lines() does, which serves $cookie_NAME: names without
// regard to case, spaces around "=", pieces end with ";" or ",", values with ";".
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
        while (at < end && *at != ';' && *at != ',') {
            ++at;
        }
        at = skip_spaces(at < end ? at + 1 : end, end);
    }
    return false;
}

bool cookie_of(ngx_http_request_t* r, const ngx_str_t& name, ngx_str_t& value) {
#if (nginx_version >= 1023000)
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

}  // namespace

void find_cookie_keys(ngx_conf_t* cf, MainConf& conf) {
    const auto& core = *static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    const auto* variables = static_cast<const ngx_http_variable_t*>(core.variables.elts);
    for (std::uint32_t s = 0; s < conf.splits.nelts; ++s) {
        auto* keys = static_cast<KeyConf*>(conf.split(s).keys.elts);
        for (ngx_uint_t k = 0; k < conf.split(s).keys.nelts; ++k) {
            if (keys[k].variable == NGX_ERROR) {
                continue;
            }
            const std::string_view name = view_of(variables[keys[k].variable].name);
            if (name.starts_with(kCookiePrefix) && !is_defined(core, name)) {
                keys[k].cookie = nginx_text(name.substr(kCookiePrefix.size()));
            }
        }
    }
}

bool key_value(ngx_http_request_t* r, const KeyConf& key, ngx_str_t& value) {
    if (key.cookie.len != 0) {
        return cookie_of(r, key.cookie, value) && value.len != 0;
    }
    if (key.variable == NGX_ERROR) {
        auto& expression = const_cast<ngx_http_complex_value_t&>(key.value);
        return ngx_http_complex_value(r, &expression, &value) == NGX_OK && value.len != 0;
    }
    const ngx_http_variable_value_t* variable =
        ngx_http_get_flushed_variable(r, static_cast<ngx_uint_t>(key.variable));
    if (variable == nullptr || variable->not_found != 0) {
        return false;
    }
    value = {variable->len, variable->data};
    return value.len != 0;
}

}  // namespace teal::nginx
