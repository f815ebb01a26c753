#include "nginx-module/key_value.hpp"

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

bool variable_key_value(ngx_http_request_t* r, const KeyConf& key, ngx_str_t& value) {
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
