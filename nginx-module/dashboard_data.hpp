// The dashboard's `data`: everything that moves, as one JSON object.
//
//   ?split=NAME   whose details are told; without it, of the first split of nginx.conf
//   ?list=no      leaves out the list of all splits, which is long when there are a thousand
//   ?events=TAG   the events are left out when they are still those of this tag
#pragma once

#include "nginx-module/nginx.hpp"

namespace teal::nginx {

ngx_int_t send_dashboard_data(ngx_http_request_t* r);

}  // namespace teal::nginx
