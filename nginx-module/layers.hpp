// Layers: which part of its ring each split of a layer owns.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// Splits that name a range own it; the others share what is left equally, in the order of
// nginx.conf. Refuses what overlaps, what does not fit, and splits of one layer with different
// keys. REQUIRES: all of nginx.conf was read.
ngx_int_t lay_out_layers(ngx_conf_t* cf, MainConf& conf);

}  // namespace teal::nginx
