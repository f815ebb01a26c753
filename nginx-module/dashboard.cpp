// `teal_dashboard;` in `location /teal/ { … }`: the page for people. It is a few static files and
// one that is made at each request (`data`, see dashboard_data.cpp), which the page asks for again
// and again.
//
// Asked for, not streamed: an open stream would keep an old worker alive after a reload and take a
// connection each, and twice a second a request of a few kilobytes costs nothing. nginx closes a
// kept connection that is idle when it leaves.
//
// The page may be read by people with the keys to production, so it says itself that it loads and
// runs nothing but its own files, whatever the server around it says.
#include "nginx-module/configuration.hpp"
#include "nginx-module/dashboard_data.hpp"
#include "nginx-module/dashboard_files.hpp"
#include "nginx-module/page.hpp"
#include "shared/text/slice.hpp"

#include <unistd.h>

namespace teal::nginx {
namespace {

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

bool add_safety_headers(ngx_http_request_t* r) {
    return add_header(r, "Content-Security-Policy", kPolicy) &&
           add_header(r, "X-Content-Type-Options", "nosniff") &&
           add_header(r, "Referrer-Policy", "no-referrer") &&
           add_header(r, "Cross-Origin-Resource-Policy", "same-origin");
}

// What follows the location's name: "app.js".
std::string_view asked_file(ngx_http_request_t* r) {
    const auto* location = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    const std::string_view uri = view_of(r->uri);
    return uri.size() < location->name.len ? std::string_view{} : rest_of(uri, location->name.len);
}

const DashboardFile* find_file(std::string_view name) {
    for (std::size_t i = 0; i < dashboard_file_count; ++i) {
        if (dashboard_files[i].name == (name.empty() ? "index.html" : name)) {
            return &dashboard_files[i];
        }
    }
    return nullptr;
}

// Kept by the browser and asked for again: a 304 as long as the module is the same.
ngx_int_t send_file(ngx_http_request_t* r, const DashboardFile& file) {
    auto* etag = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    auto* buffer = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    if (etag == nullptr || buffer == nullptr || !add_header(r, "Cache-Control", "no-cache")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_memzero(etag, sizeof(*etag));
    etag->hash = 1;
    etag->key = nginx_text("ETag");
    etag->value = nginx_text(file.etag);
    r->headers_out.etag = etag;
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_type = nginx_text(file.type);
    r->headers_out.content_type_len =
        file.type.find(';') == std::string_view::npos ? file.type.size() : file.type.find(';');
    r->headers_out.content_length_n = static_cast<off_t>(file.content.size());
    const ngx_str_t content = nginx_text(file.content);
    buffer->pos = content.data;
    buffer->last = content.data + content.len;
    buffer->memory = 1;
    buffer->last_buf = r == r->main ? 1 : 0;
    buffer->last_in_chain = 1;
    const ngx_int_t sent = ngx_http_send_header(r);
    if (sent == NGX_ERROR || sent > NGX_OK || r->header_only) {
        return sent;
    }
    ngx_chain_t out = {buffer, nullptr};
    return ngx_http_output_filter(r, &out);
}

ngx_int_t handle(ngx_http_request_t* r) {
    const std::string_view name = asked_file(r);
    const DashboardFile* file = find_file(name);
    if (file == nullptr && name != "data") {
        return NGX_HTTP_NOT_FOUND;
    }
    if (const ngx_int_t begun = begin_page(r); begun != NGX_OK) {
        return begun;
    }
    if (!add_safety_headers(r)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return file != nullptr ? send_file(r, *file) : send_dashboard_data(r);
}

bool is_regex(const ngx_http_core_loc_conf_t& location) {
#if (NGX_PCRE)
    return location.regex != nullptr;
#else
    return location.name.len == 0;
#endif
}

}  // namespace

char* read_dashboard_directive(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    auto* location = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    const std::string_view name = view_of(location->name);
    if (is_regex(*location) || location->exact_match || location->named || name.empty() ||
        name.back() != '/') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"teal_dashboard\" is several files below one name: it needs a prefix "
                           "location that ends with \"/\", not \"%V\"; write location ^~ /teal/ { "
                           "teal_dashboard; }",
                           &location->name);
        return conf_error();
    }
    static_cast<MainConf*>(conf)->dashboard = true;
    location->handler = handle;
    location->auto_redirect = 1;  // /teal to /teal/
    return NGX_CONF_OK;
}

ngx_int_t check_dashboard(ngx_conf_t* cf, const MainConf& conf) {
    if (!conf.dashboard) {
        return NGX_OK;
    }
    if (conf.splits.nelts == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"teal_dashboard\" has no table to show: without a split nginx reads none; "
                      "add teal_split NAME { ... } and, for a table that is not \"%V\", teal_table "
                      "PATH",
                      &conf.table_path);
        return NGX_ERROR;
    }
    const auto* table = reinterpret_cast<const char*>(conf.table_path.data);
    if (access(table, F_OK) != 0 && access(table::saved_path_of(table).text, F_OK) != 0) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"teal_dashboard\" will show no weights: there is no table at \"%V\" yet; "
                      "make it with: teal init, or name another one with teal_table",
                      &conf.table_path);
    }
    return NGX_OK;
}

}  // namespace teal::nginx
