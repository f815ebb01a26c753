// Who takes part in a split's experiment: `exclude`, `holdout` and `layer` of nginx.conf, asked for
// a request.
#pragma once

#include "nginx-module/configuration.hpp"
#include "shared/table/route.hpp"

namespace teal::nginx {

// An expression that holds: neither empty nor "0".
bool holds(ngx_http_request_t* r, ngx_http_complex_value_t& expression);

bool is_excluded(ngx_http_request_t* r, const SplitConf& split);

// Holdout before layer. Who has no key can be kept out of nothing for good, and so takes no part in
// a split that keeps anybody out.
table::Absence absence_by_key(ngx_http_request_t* r, const SplitConf& split);

}  // namespace teal::nginx
