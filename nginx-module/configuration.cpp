#include "nginx-module/configuration.hpp"

#include "nginx-module/goals.hpp"
#include "nginx-module/hold_gate.hpp"
#include "nginx-module/key_value.hpp"
#include "nginx-module/layers.hpp"
#include "nginx-module/secrets.hpp"
#include "nginx-module/sticky_filter.hpp"
#include "nginx-module/variables.hpp"
#include "shared/table/route.hpp"

#include <cstdlib>
#include <cstring>

namespace teal::nginx {
namespace {

u_char kTableDirective[] = "teal_table";
u_char kCountersDirective[] = "teal_counters";
u_char kSecretDirective[] = "teal_secret";
u_char kSplitDirective[] = "teal_split";
u_char kUpstreamDirective[] = "teal";
u_char kGoalDirective[] = "teal_goal";
u_char kStatusDirective[] = "teal_status";
u_char kMetricsDirective[] = "teal_metrics";
u_char kDashboardDirective[] = "teal_dashboard";
u_char kHoldDirective[] = "teal_hold";
u_char kHoldLimitDirective[] = "teal_hold_limit";

// ngx_string() casts, which would make the table below a static constructor's work.
template <std::size_t N>
constexpr ngx_str_t directive(u_char (&name)[N]) {
    return {N - 1, name};
}

// The directive's argument as an absolute, zero-terminated path (relative to nginx's prefix).
char* read_path(ngx_conf_t* cf, ngx_command_t* command, void* conf) {
    auto* path = reinterpret_cast<ngx_str_t*>(static_cast<char*>(conf) + command->offset);
    if (path->data != nullptr) {
        return const_cast<char*>("is duplicate");
    }
    *path = static_cast<ngx_str_t*>(cf->args->elts)[1];
    if (path->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" needs a path", &command->name);
        return conf_error();
    }
    if (ngx_conf_full_name(cf->cycle, path, 0) != NGX_OK) {
        return conf_error();
    }
    if (path->len + 64 > table::kPathBytes) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "path is too long, at most %uz bytes: \"%V\"",
                           static_cast<std::size_t>(table::kPathBytes - 64), path);
        return conf_error();
    }
    return NGX_CONF_OK;
}

ngx_str_t copy_path(ngx_pool_t* pool, const table::Path& path) {
    ngx_str_t copy = nginx_text(path.text);
    u_char* bytes = static_cast<u_char*>(ngx_pnalloc(pool, copy.len + 1));
    if (bytes == nullptr) {
        return {0, nullptr};
    }
    std::memcpy(bytes, path.text, copy.len + 1);
    return {copy.len, bytes};
}

int compare_names(const void* a, const void* b) {
    const auto& left = **static_cast<SplitConf* const*>(a);
    const auto& right = **static_cast<SplitConf* const*>(b);
    return view_of(left.name).compare(view_of(right.name));
}

bool sort_names(ngx_conf_t* cf, MainConf& conf) {
    const std::size_t bytes = conf.splits.nelts * sizeof(SplitConf*);
    conf.by_name = static_cast<SplitConf**>(ngx_palloc(cf->pool, bytes + sizeof(SplitConf*)));
    if (conf.by_name == nullptr) {
        return false;
    }
    std::memcpy(conf.by_name, conf.splits.elts, bytes);
    std::qsort(conf.by_name, conf.splits.nelts, sizeof(SplitConf*), compare_names);
    return true;
}

// `variant green green_pool;` may come before `upstream green_pool { … }`.
ngx_int_t resolve_upstreams(ngx_conf_t* cf, SplitConf& split) {
    auto* all = static_cast<ngx_http_upstream_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module));
    auto** upstreams = static_cast<ngx_http_upstream_srv_conf_t**>(all->upstreams.elts);
    for (std::uint32_t v = 0; v < split.variant_count; ++v) {
        VariantConf& variant = split.variants[v];
        if (variant.upstream_name.len == 0) {
            continue;
        }
        for (ngx_uint_t i = 0; i < all->upstreams.nelts; ++i) {
            if ((upstreams[i]->flags & NGX_HTTP_UPSTREAM_CREATE) != 0 &&
                view_of(upstreams[i]->host) == view_of(variant.upstream_name)) {
                variant.upstream = upstreams[i];
            }
        }
        if (variant.upstream == nullptr) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "teal_split \"%V\": variant \"%V\": upstream \"%V\" not found, define "
                          "\"upstream %V { ... }\" or let its endpoints come from the table",
                          &split.name, &variant.name, &variant.upstream_name,
                          &variant.upstream_name);
            return NGX_ERROR;
        }
        auto* delegated = static_cast<UpstreamConf*>(
            ngx_http_conf_upstream_srv_conf(variant.upstream, ngx_http_teal_module));
        if (delegated->split_name.len != 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "teal_split \"%V\": variant \"%V\": upstream \"%V\" is itself a split",
                          &split.name, &variant.name, &variant.upstream_name);
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

}  // namespace

constinit ngx_command_t commands[] = {
    {directive(kTableDirective), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, read_path,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConf, table_path), nullptr},
    {directive(kCountersDirective), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, read_path,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConf, counters_path), nullptr},
    {directive(kSecretDirective), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, read_path,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(MainConf, secret_path), nullptr},
    {directive(kSplitDirective), NGX_HTTP_MAIN_CONF | NGX_CONF_BLOCK | NGX_CONF_TAKE1,
     read_split_block, NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {directive(kUpstreamDirective), NGX_HTTP_UPS_CONF | NGX_CONF_1MORE, read_upstream_directive,
     NGX_HTTP_SRV_CONF_OFFSET, 0, nullptr},
    {directive(kGoalDirective),
     NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_HTTP_LIF_CONF |
         NGX_CONF_1MORE,
     read_goal_line, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {directive(kStatusDirective), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, read_status_directive,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {directive(kMetricsDirective), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, read_metrics_directive,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {directive(kDashboardDirective), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, read_dashboard_directive,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    {directive(kHoldDirective), NGX_HTTP_LOC_CONF | NGX_HTTP_LIF_CONF | NGX_CONF_TAKE1,
     read_hold_directive, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
    {directive(kHoldLimitDirective), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, read_hold_limit,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
    ngx_null_command,
};

void* create_main_conf(ngx_conf_t* cf) {
    auto* conf = make_in<MainConf>(cf->pool);
    if (conf == nullptr ||
        ngx_array_init(&conf->splits, cf->pool, 4, sizeof(SplitConf*)) != NGX_OK ||
        ngx_array_init(&conf->goal_lines, cf->pool, 4, sizeof(GoalLine*)) != NGX_OK) {
        return nullptr;
    }
    return conf;
}

char* init_main_conf(ngx_conf_t* cf, void* conf) {
    auto& main = *static_cast<MainConf*>(conf);
    if (main.table_path.data == nullptr) {
        main.table_path = nginx_text(table::kDefaultTablePath);
    }
    const char* table_path = reinterpret_cast<const char*>(main.table_path.data);
    if (main.counters_path.data == nullptr) {
        main.counters_path = copy_path(cf->pool, table::counters_path_of(table_path));
    }
    if (main.secret_path.data == nullptr) {
        main.secret_path = copy_path(cf->pool, table::secret_path_of(table_path));
    }
    const bool complete = main.counters_path.data != nullptr && main.secret_path.data != nullptr;
    return complete && sort_names(cf, main) ? NGX_CONF_OK : conf_error();
}

void* create_upstream_conf(ngx_conf_t* cf) {
    return make_in<UpstreamConf>(cf->pool);
}

ngx_int_t postconfiguration(ngx_conf_t* cf) {
    auto& conf =
        *static_cast<MainConf*>(ngx_http_conf_get_module_main_conf(cf, ngx_http_teal_module));
    for (std::uint32_t i = 0; i < conf.splits.nelts; ++i) {
        SplitConf& split = conf.split(i);
        conf.sticky = conf.sticky || split.cookie_name.len != 0;
        if (resolve_upstreams(cf, split) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    if (lay_out_layers(cf, conf) != NGX_OK || resolve_goals(cf, conf) != NGX_OK) {
        return NGX_ERROR;
    }
    if (conf.sticky) {
        if (read_secrets(cf, conf) != NGX_OK) {
            return NGX_ERROR;
        }
        install_sticky_filter();
    }
    find_cookie_keys(cf, conf);
    if (resolve_holds(cf, conf) != NGX_OK) {
        return NGX_ERROR;
    }
    if (check_dashboard(cf, conf) != NGX_OK) {
        return NGX_ERROR;
    }
    return add_variables(cf, conf);
}

SplitConf* find_split(const MainConf& conf, std::string_view name) {
    std::size_t low = 0;
    std::size_t high = conf.splits.nelts;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        const int order = view_of(conf.by_name[middle]->name).compare(name);
        if (order == 0) {
            return conf.by_name[middle];
        }
        (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
    }
    return nullptr;
}

SplitConf* search_split(const MainConf& conf, std::string_view name) {
    for (std::uint32_t i = 0; i < conf.splits.nelts; ++i) {
        if (view_of(conf.split(i).name) == name) {
            return &conf.split(i);
        }
    }
    return nullptr;
}

std::uint32_t find_variant(const SplitConf& split, std::string_view name) {
    for (std::uint32_t v = 0; v < split.variant_count; ++v) {
        if (view_of(split.variants[v].name) == name) {
            return v;
        }
    }
    return table::kNoVariant;
}

MainConf* main_conf_of(ngx_cycle_t* cycle) {
    auto* http =
        reinterpret_cast<ngx_http_conf_ctx_t*>(ngx_get_conf(cycle->conf_ctx, ngx_http_module));
    return http == nullptr
               ? nullptr
               : static_cast<MainConf*>(http->main_conf[ngx_http_teal_module.ctx_index]);
}

}  // namespace teal::nginx
