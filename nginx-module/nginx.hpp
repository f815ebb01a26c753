// The only door to nginx's C headers. Standard headers come first: nginx defines macros.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" {
#include <ngx_channel.h>
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>
}

extern "C" ngx_module_t ngx_http_teal_module;

namespace teal::nginx {

inline std::string_view view_of(const ngx_str_t& text) {
    return {reinterpret_cast<const char*>(text.data), text.len};
}

inline ngx_str_t nginx_text(std::string_view text) {
    return {text.size(), reinterpret_cast<u_char*>(const_cast<char*>(text.data()))};
}

// nginx spells "the directive failed, the reason is logged" as (void *) -1.
inline char* conf_error() {
    return static_cast<char*>(NGX_CONF_ERROR);
}

// Zeroed memory of the pool, or nullptr.
template <typename T>
T* make_in(ngx_pool_t* pool) {
    return static_cast<T*>(ngx_pcalloc(pool, sizeof(T)));
}

}  // namespace teal::nginx
