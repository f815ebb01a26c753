// Goals of experiments: `teal_goal` in nginx.conf, and counting who reaches one.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// Finds the splits each teal_goal counts for. REQUIRES: all of nginx.conf was read.
ngx_int_t resolve_goals(ngx_conf_t* cf, MainConf& conf);

// Counts the goals of the location that answers, each once for a visitor. A goal makes nobody part
// of an experiment: only who was exposed, before or by this very request, is counted; and an error
// (status 400 or above) is no goal reached. REQUIRES: the main request, its header about to be
// sent.
void count_goals(ngx_http_request_t* r);

}  // namespace teal::nginx
