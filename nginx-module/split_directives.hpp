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

// nullptr when the directive being read has the right number of arguments; else its failure, logged
// with the usage.
char* expect_arguments(ngx_conf_t* cf, bool right, const char* usage);
// nginx names the directive itself only where it has called its handler, not inside our block.
char* refuse_duplicate(ngx_conf_t* cf);

// Reads one directive; nginx's parser calls it, `conf` is the SplitBlock.
char* read_split_directive(ngx_conf_t* cf, ngx_command_t* command, void* conf);

}  // namespace teal::nginx
