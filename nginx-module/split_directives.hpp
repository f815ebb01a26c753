// What one line of `teal_split NAME { … }` says, added to the split's configuration.
#pragma once

#include "nginx-module/configuration.hpp"

namespace teal::nginx {

// What the block collects until its end.
struct SplitBlock {
    SplitConf* split;
    ngx_str_t default_name;
    ngx_array_t when_names;  // ngx_str_t, beside SplitConf::when
};

// Reads one directive; nginx's parser calls it, `conf` is the SplitBlock.
char* read_split_directive(ngx_conf_t* cf, ngx_command_t* command, void* conf);

}  // namespace teal::nginx
