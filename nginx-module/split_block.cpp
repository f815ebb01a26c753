// Reading `teal_split NAME { … }`: the block from its name to its end. Its directives are read in
// split_directives.cpp.
#include "nginx-module/experiment_directives.hpp"
#include "nginx-module/split_directives.hpp"
#include "nginx-module/split_values.hpp"

#include "shared/table/names.hpp"
#include "shared/table/route.hpp"

namespace teal::nginx {
namespace {

bool resolve(ngx_conf_t* cf, const SplitConf& split, const char* where, const ngx_str_t& name,
             std::uint32_t* variant) {
    *variant = find_variant(split, view_of(name));
    if (*variant == table::kNoVariant) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "teal_split \"%V\": \"%s\" names \"%V\", which is no variant of it",
                           &split.name, where, &name);
        return false;
    }
    return true;
}

char* finish_block(ngx_conf_t* cf, SplitBlock& block) {
    SplitConf& split = *block.split;
    if (split.variant_count == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "teal_split \"%V\" has no variant", &split.name);
        return conf_error();
    }
    if (block.default_name.data == nullptr) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "teal_split \"%V\" needs \"default VARIANT;\", which serves when the "
                           "table cannot be used",
                           &split.name);
        return conf_error();
    }
    if (!resolve(cf, split, "default", block.default_name, &split.default_variant)) {
        return conf_error();
    }
    auto* rules = static_cast<WhenRule*>(split.when.elts);
    auto* names = static_cast<ngx_str_t*>(block.when_names.elts);
    for (ngx_uint_t i = 0; i < split.when.nelts; ++i) {
        if (!resolve(cf, split, "when", names[i], &rules[i].variant)) {
            return conf_error();
        }
    }
    if (split.keys.nelts == 0) {  // the visitor, as far as a plain configuration can tell
        static char kAddress[] = "$remote_addr";
        ngx_str_t text = nginx_text(kAddress);
        if (!add_key(cf, split.keys, &text)) {
            return conf_error();
        }
        add_rule(split, "key", &text);
    }
    add_rule(split, "default", &block.default_name);
    return check_experiment(cf, split) ? NGX_CONF_OK : conf_error();
}

SplitConf* make_split(ngx_conf_t* cf, MainConf& conf, const ngx_str_t& name) {
    auto* split = make_in<SplitConf>(cf->pool);
    auto** place = static_cast<SplitConf**>(ngx_array_push(&conf.splits));
    if (split == nullptr || place == nullptr ||
        ngx_array_init(&split->keys, cf->pool, 2, sizeof(KeyConf)) != NGX_OK ||
        ngx_array_init(&split->when, cf->pool, 2, sizeof(WhenRule)) != NGX_OK ||
        ngx_array_init(&split->exclude, cf->pool, 1, sizeof(KeyConf)) != NGX_OK) {
        return nullptr;
    }
    split->rules.data = static_cast<u_char*>(ngx_pcalloc(cf->pool, kRulesBytes));
    split->name = name;
    split->index = static_cast<std::uint32_t>(conf.splits.nelts - 1);
    *place = split;
    return split->rules.data != nullptr ? split : nullptr;
}

}  // namespace

char* read_split_block(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    auto& main = *static_cast<MainConf*>(conf);
    const ngx_str_t name = static_cast<ngx_str_t*>(cf->args->elts)[1];
    if (!table::is_split_name(view_of(name))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid split name \"%V\", use 1 to 63 letters, digits and \"_\"",
                           &name);
        return conf_error();
    }
    if (search_split(main, view_of(name)) != nullptr) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate teal_split \"%V\"", &name);
        return conf_error();
    }
    SplitBlock block{};
    block.split = make_split(cf, main, name);
    if (block.split == nullptr ||
        ngx_array_init(&block.when_names, cf->temp_pool, 2, sizeof(ngx_str_t)) != NGX_OK) {
        return conf_error();
    }
    const ngx_conf_t saved = *cf;
    cf->handler = read_split_directive;  // cf->ctx stays http{}'s: expressions are compiled in it
    cf->handler_conf = reinterpret_cast<char*>(&block);
    char* result = ngx_conf_parse(cf, nullptr);
    *cf = saved;
    return result == NGX_CONF_OK ? finish_block(cf, block) : result;
}

}  // namespace teal::nginx
