// Which split a request will go to, before its content handler says so.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// By `teal_hold`, or else by the upstream that the location's proxy_pass, fastcgi_pass, uwsgi_pass,
// scgi_pass, grpc_pass or memcached_pass names. nullptr: no split, or one that only a variable
// tells.
const SplitConf* split_of_location(ngx_http_request_t* r);

}  // namespace teal::nginx
