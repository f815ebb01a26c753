// What a split's key is for a request, read with as little work as can be: keys are evaluated for
// nearly every request, and nginx's own way to a variable's value (a script that measures,
// allocates and copies) costs more than the whole decision.
#pragma once

#include "nginx-module/configuration.hpp"
#include "nginx-module/request_cookie.hpp"

namespace teal::nginx {

// Learns which keys are one of nginx's own $cookie_NAME. REQUIRES: all of nginx.conf has been read,
// and nginx has not yet resolved its variables (postconfiguration).
void find_cookie_keys(ngx_conf_t* cf, MainConf& conf);

// Of a key that is no cookie of nginx's own.
bool variable_key_value(ngx_http_request_t* r, const KeyConf& key, ngx_str_t& value);

// The key's value; false when there is nothing to hash. A cookie, the usual key, without a call.
inline bool key_value(ngx_http_request_t* r, const KeyConf& key, ngx_str_t& value) {
    return key.cookie.len != 0 ? find_request_cookie(r, key.cookie, value) && value.len != 0
                               : variable_key_value(r, key, value);
}

}  // namespace teal::nginx
