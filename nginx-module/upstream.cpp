// `upstream app { teal app; }`: nginx asks the split for a variant and the variant for a peer.
#include "nginx-module/configuration.hpp"
#include "nginx-module/peer.hpp"
#include "shared/text/slice.hpp"

namespace teal::nginx {
namespace {

UpstreamConf& conf_of(ngx_http_upstream_srv_conf_t* upstream) {
    return *static_cast<UpstreamConf*>(
        ngx_http_conf_upstream_srv_conf(upstream, ngx_http_teal_module));
}

ngx_int_t init_request_peer(ngx_http_request_t* r, ngx_http_upstream_srv_conf_t* upstream) {
    return init_peer(r, conf_of(upstream));
}

// Runs when all of http{} has been read, so the split may be defined behind the upstream.
ngx_int_t init_upstream(ngx_conf_t* cf, ngx_http_upstream_srv_conf_t* upstream) {
    UpstreamConf& conf = conf_of(upstream);
    auto& main =
        *static_cast<MainConf*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_teal_module));
    conf.split = search_split(main, view_of(conf.split_name));
    if (conf.split == nullptr) {
        ngx_log_error(
            NGX_LOG_EMERG, cf->log, 0,
            "upstream \"%V\": \"teal %V\" names no split, define \"teal_split %V { ... }\"",
            &upstream->host, &conf.split_name, &conf.split_name);
        return NGX_ERROR;
    }
    if (upstream->servers->nelts > 1) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "upstream \"%V\": \"server\" may not stand beside \"teal\": endpoints come "
                      "from the table, or from the upstream a variant names",
                      &upstream->host);
        return NGX_ERROR;
    }
#if (NGX_HTTP_UPSTREAM_ZONE)
    if (upstream->shm_zone != nullptr) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "upstream \"%V\": \"zone\" may not stand beside \"teal\": what workers share "
                      "is in the counters file",
                      &upstream->host);
        return NGX_ERROR;
    }
#endif
    conf.split->proxied = true;
    upstream->peer.init = init_request_peer;
    return NGX_OK;
}

bool read_parameter(ngx_conf_t* cf, ngx_str_t& word, UpstreamConf& conf) {
    constexpr std::string_view kMaxFails = "max_fails=";
    constexpr std::string_view kFailTimeout = "fail_timeout=";
    const std::string_view text = view_of(word);
    if (text.starts_with(kMaxFails)) {
        const ngx_int_t number =
            ngx_atoi(word.data + kMaxFails.size(), word.len - kMaxFails.size());
        conf.max_fails = static_cast<ngx_uint_t>(number);
        if (number != NGX_ERROR) {
            return true;
        }
    } else if (text.starts_with(kFailTimeout)) {
        ngx_str_t time = nginx_text(rest_of(text, kFailTimeout.size()));
        conf.fail_timeout = ngx_parse_time(&time, 1);
        if (conf.fail_timeout != static_cast<time_t>(NGX_ERROR)) {
            return true;
        }
    }
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\", write \"teal SPLIT [max_fails=NUMBER] "
                       "[fail_timeout=TIME];\"",
                       &word);
    return false;
}

}  // namespace

char* read_upstream_directive(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    auto& own = *static_cast<UpstreamConf*>(conf);
    auto* words = static_cast<ngx_str_t*>(cf->args->elts);
    auto* upstream = static_cast<ngx_http_upstream_srv_conf_t*>(
        ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module));
    if (own.split_name.len != 0) {
        return const_cast<char*>("is duplicate");
    }
    if (upstream->peer.init_upstream != nullptr) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"teal\" must be the first directive of its upstream: before "
                           "\"keepalive\", and without another load balancing method");
        return conf_error();
    }
    own.split_name = words[1];
    own.max_fails = 1;
    own.fail_timeout = 10;
    for (ngx_uint_t i = 2; i < cf->args->nelts; ++i) {
        if (!read_parameter(cf, words[i], own)) {
            return conf_error();
        }
    }
    // nginx refuses an upstream without a server before it asks us: give it one that is down.
    auto* server = static_cast<ngx_http_upstream_server_t*>(ngx_array_push(upstream->servers));
    if (server == nullptr) {
        return conf_error();
    }
    ngx_memzero(server, sizeof(*server));
    server->down = 1;
    upstream->flags = NGX_HTTP_UPSTREAM_CREATE;
    upstream->peer.init_upstream = init_upstream;
    return NGX_CONF_OK;
}

}  // namespace teal::nginx
