#include "nginx-module/hold_split.hpp"

#include "nginx-module/hold_gate.hpp"

#include <cstdlib>

namespace teal::nginx {
namespace {

// Their location configurations begin with an ngx_http_upstream_conf_t, in every nginx from 1.18
// on; nothing else of them is looked at, and a pointer that is no upstream's of ours is not
// followed.
constexpr std::string_view kPassingModules[] = {
    "ngx_http_proxy_module", "ngx_http_fastcgi_module", "ngx_http_uwsgi_module",
    "ngx_http_scgi_module",  "ngx_http_grpc_module",    "ngx_http_memcached_module",
};
static_assert(std::size(kPassingModules) == kMostPassingModules);

void find_passing_modules(ngx_conf_t* cf, MainConf& conf) {
    for (ngx_uint_t i = 0; cf->cycle->modules[i] != nullptr; ++i) {
        const ngx_module_t& module = *cf->cycle->modules[i];
        for (const std::string_view name : kPassingModules) {
            if (name == module.name && conf.passing_module_count < kMostPassingModules) {
                conf.passing_modules[conf.passing_module_count++] = module.ctx_index;
            }
        }
    }
}

int compare_upstreams(const void* a, const void* b) {
    const auto* left = *static_cast<ngx_http_upstream_srv_conf_t* const*>(a);
    const auto* right = *static_cast<ngx_http_upstream_srv_conf_t* const*>(b);
    return left < right ? -1 : left > right ? 1 : 0;
}

UpstreamConf& conf_of(ngx_http_upstream_srv_conf_t* upstream) {
    return *static_cast<UpstreamConf*>(
        ngx_http_conf_upstream_srv_conf(upstream, ngx_http_teal_module));
}

bool sort_upstreams(ngx_conf_t* cf, MainConf& conf) {
    auto* all = static_cast<ngx_http_upstream_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module));
    auto** upstreams = static_cast<ngx_http_upstream_srv_conf_t**>(all->upstreams.elts);
    conf.delegating = static_cast<ngx_http_upstream_srv_conf_t**>(
        ngx_palloc(cf->pool, (all->upstreams.nelts + 1) * sizeof(*upstreams)));
    if (conf.delegating == nullptr) {
        return false;
    }
    for (ngx_uint_t i = 0; i < all->upstreams.nelts; ++i) {
        // Implicit ones (proxy_pass http://10.0.0.1) have no configuration of modules.
        if (upstreams[i]->srv_conf != nullptr && conf_of(upstreams[i]).split != nullptr) {
            conf.delegating[conf.delegating_count++] = upstreams[i];
        }
    }
    std::qsort(conf.delegating, conf.delegating_count, sizeof(*upstreams), compare_upstreams);
    return true;
}

const SplitConf* split_behind(const MainConf& conf, ngx_http_upstream_srv_conf_t* upstream) {
    auto** found = static_cast<ngx_http_upstream_srv_conf_t**>(std::bsearch(
        &upstream, conf.delegating, conf.delegating_count, sizeof(upstream), compare_upstreams));
    return found != nullptr ? conf_of(*found).split : nullptr;
}

}  // namespace

const SplitConf* split_of_location(ngx_http_request_t* r) {
    const auto& location =
        *static_cast<const LocationConf*>(ngx_http_get_module_loc_conf(r, ngx_http_teal_module));
    if (location.hold != nullptr) {
        return location.hold->split;
    }
    const MainConf& conf = main_conf_of(r);
    for (std::uint32_t i = 0; i < conf.passing_module_count; ++i) {
        const auto* passing =
            static_cast<const ngx_http_upstream_conf_t*>(r->loc_conf[conf.passing_modules[i]]);
        if (passing != nullptr && passing->upstream != nullptr) {
            return split_behind(conf, passing->upstream);
        }
    }
    return nullptr;
}

char* read_hold_directive(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    auto& location = *static_cast<LocationConf*>(conf);
    auto& main =
        *static_cast<MainConf*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_teal_module));
    if (location.hold != nullptr) {
        return const_cast<char*>("is duplicate");
    }
    location.hold = make_in<HoldLine>(cf->pool);
    if (location.hold == nullptr) {
        return conf_error();
    }
    location.hold->name = static_cast<ngx_str_t*>(cf->args->elts)[1];
    location.hold->file = cf->conf_file->file.name;
    location.hold->line = cf->conf_file->line;
    location.hold->next = main.hold_lines;
    main.hold_lines = location.hold;
    return NGX_CONF_OK;
}

char* read_hold_limit(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    auto& main = *static_cast<MainConf*>(conf);
    auto& word = static_cast<ngx_str_t*>(cf->args->elts)[1];
    if (main.hold_limit != 0) {
        return const_cast<char*>("is duplicate");
    }
    const ngx_int_t number = ngx_atoi(word.data, word.len);
    if (number < 1 || number > kMostHeld) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid number \"%V\", teal_hold_limit takes 1 to %ui requests", &word,
                           static_cast<ngx_uint_t>(kMostHeld));
        return conf_error();
    }
    main.hold_limit = static_cast<std::uint32_t>(number);
    return NGX_CONF_OK;
}

ngx_int_t resolve_holds(ngx_conf_t* cf, MainConf& conf) {
    for (HoldLine* line = conf.hold_lines; line != nullptr; line = line->next) {
        line->split = search_split(conf, view_of(line->name));
        if (line->split == nullptr && view_of(line->name) != "off") {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "teal_hold \"%V\" names no split, define \"teal_split %V { ... }\" or "
                          "write \"teal_hold off;\" in %V:%ui",
                          &line->name, &line->name, &line->file, line->line);
            return NGX_ERROR;
        }
    }
    find_passing_modules(cf, conf);
    return sort_upstreams(cf, conf) ? NGX_OK : NGX_ERROR;
}

}  // namespace teal::nginx
