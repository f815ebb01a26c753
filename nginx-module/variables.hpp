// $teal_<split>, $teal_<split>_reason and $teal_generation.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// Defines those of our variables that nginx.conf mentions, and the hidden one that carries the
// request's decisions. Only those: with ten thousand splits, thirty thousand variables would make
// nginx's start slow and overflow its variables hash. A name that is no split of ours stays
// undefined, and nginx reports it as unknown. REQUIRES: all of http{} has been read.
ngx_int_t add_variables(ngx_conf_t* cf, MainConf& conf);

// The request is decided anew: what its variables said of the decision before is asked again.
void forget_variables(ngx_http_request_t* r);

}  // namespace teal::nginx
