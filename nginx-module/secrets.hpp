// The secrets that sign sticky cookies, read while nginx reads its configuration (as root).
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// Reads one secret a line, at most two: the first signs, both are accepted. NGX_ERROR, with the
// reason logged, when the file cannot be read, holds none, or may be read by everybody.
ngx_int_t read_secrets(ngx_conf_t* cf, MainConf& conf);

}  // namespace teal::nginx
