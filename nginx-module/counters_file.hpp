// The master's part in the counters: the file exists, belongs to the workers' user, and its
// directories list every split and variant of nginx.conf.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// Makes the file if there is none and enters the configuration; sets each split's and variant's
// counters_index. A file that cannot be used is logged and left alone: traffic does not depend on
// counts. Called in the master before it forks, never for nginx -t.
void prepare_counters_file(ngx_cycle_t* cycle, MainConf& conf);

}  // namespace teal::nginx
