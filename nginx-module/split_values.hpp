// How the values of a `teal_split` block get into its configuration.
#pragma once

#include "nginx-module/configuration.hpp"

#include <cstddef>

namespace teal::nginx {

// Room for SplitConf::rules.
inline constexpr std::size_t kRulesBytes = 768;

// nginx logs what is wrong with `text` when this returns false.
bool compile_value(ngx_conf_t* cf, ngx_str_t* text, ngx_http_complex_value_t* value);

// Adds `text` to an array of KeyConf; false as with compile_value.
bool add_key(ngx_conf_t* cf, ngx_array_t& keys, ngx_str_t* text);

// Adds a line to the split's rules in words; what does not fit whole is left out.
// REQUIRES: split.rules has room for kRulesBytes.
void add_rule(SplitConf& split, const char* what, const ngx_str_t* first,
              const ngx_str_t* second = nullptr);

}  // namespace teal::nginx
