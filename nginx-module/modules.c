/*
 * The three names nginx looks up in a module it loads. They live in C, apart from the rest, because
 * they are the only symbols the shared object exports (see exports.map).
 */
#include <ngx_config.h>
#include <ngx_core.h>

extern ngx_module_t  ngx_http_teal_module;

ngx_module_t  *ngx_modules[] = {
    &ngx_http_teal_module,
    NULL
};

char  *ngx_module_names[] = {
    "ngx_http_teal_module",
    NULL
};

/* Before the copy filter: where nginx's own configure puts third-party header filters. */
char  *ngx_module_order[] = {
    "ngx_http_teal_module",
    "ngx_http_copy_filter_module",
    NULL
};
