// The directives of a `teal_split` that make it an experiment: goal, holdout, layer, exclude.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

char* read_goal(ngx_conf_t* cf, SplitConf& split);
char* read_holdout(ngx_conf_t* cf, SplitConf& split);
char* read_layer(ngx_conf_t* cf, SplitConf& split);
char* read_exclude(ngx_conf_t* cf, SplitConf& split);

// What can only be checked when the block has been read: a goal needs a sticky cookie.
bool check_experiment(ngx_conf_t* cf, const SplitConf& split);

}  // namespace teal::nginx
