// A cookie of the request, read where it stands: as nginx reads $cookie_NAME, names without regard
// to case and spaces around "=" allowed, but without a variable, a script or a copy. What nginx's
// own function is called and where a cookie ends has changed between versions; it is known here
// alone.
#pragma once

#include "nginx-module/nginx.hpp"

namespace teal::nginx {

// False when there is no such cookie. `value` points into the request's header.
bool find_request_cookie(ngx_http_request_t* r, const ngx_str_t& name, ngx_str_t& value);

}  // namespace teal::nginx
