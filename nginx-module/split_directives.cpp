// The directives inside `teal_split NAME { … }`: one small function for each.
#include "nginx-module/split_directives.hpp"

#include "nginx-module/experiment_directives.hpp"
#include "nginx-module/split_values.hpp"
#include "shared/table/names.hpp"
#include "shared/table/route.hpp"
#include "shared/text/slice.hpp"

namespace teal::nginx {
namespace {

ngx_str_t* arguments(ngx_conf_t* cf) {
    return static_cast<ngx_str_t*>(cf->args->elts);
}

char* read_variant(ngx_conf_t* cf, SplitConf& split) {
    ngx_str_t* words = arguments(cf);
    if (char* failed = expect_arguments(cf, cf->args->nelts <= 3, "variant NAME [UPSTREAM];")) {
        return failed;
    }
    if (cf->args->nelts < 2 || !table::is_variant_name(view_of(words[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid variant name \"%V\", use 1 to 31 letters, digits, \"_\", \"-\"",
                           &words[cf->args->nelts < 2 ? 0 : 1]);
        return conf_error();
    }
    if (find_variant(split, view_of(words[1])) != table::kNoVariant) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate variant \"%V\"", &words[1]);
        return conf_error();
    }
    if (split.variant_count == table::kMaxVariants) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "variant \"%V\": a split has at most %ui variants",
                           &words[1], static_cast<ngx_uint_t>(table::kMaxVariants));
        return conf_error();
    }
    VariantConf& variant = split.variants[split.variant_count++];
    variant.name = words[1];
    if (cf->args->nelts == 3) {
        variant.upstream_name = words[2];
    }
    return NGX_CONF_OK;
}

// Names of variants in `default` and `when` are resolved at the block's end: order is free.
char* read_default(ngx_conf_t* cf, ngx_str_t& default_name) {
    if (char* failed = expect_arguments(cf, cf->args->nelts == 2, "default VARIANT;")) {
        return failed;
    }
    if (default_name.data != nullptr) {
        return refuse_duplicate(cf);
    }
    default_name = arguments(cf)[1];
    return NGX_CONF_OK;
}

char* read_key(ngx_conf_t* cf, SplitConf& split) {
    if (char* failed = expect_arguments(cf, cf->args->nelts >= 2, "key EXPRESSION ...;")) {
        return failed;
    }
    if (split.keys.nelts != 0) {
        return refuse_duplicate(cf);
    }
    for (ngx_uint_t i = 1; i < cf->args->nelts; ++i) {
        if (!add_key(cf, split.keys, &arguments(cf)[i])) {
            return conf_error();
        }
        add_rule(split, "key", &arguments(cf)[i]);
    }
    return NGX_CONF_OK;
}

char* read_sticky(ngx_conf_t* cf, SplitConf& split) {
    ngx_str_t* words = arguments(cf);
    constexpr char kUsage[] =
        "sticky COOKIE TIME [secure] [samesite=strict|lax|none] [domain=NAME];";
    if (char* failed = expect_arguments(cf, cf->args->nelts >= 3, kUsage)) {
        return failed;
    }
    if (split.cookie_name.len != 0) {
        return refuse_duplicate(cf);
    }
    for (const char c : view_of(words[1])) {
        if (!table::is_word_character(c) && c != '-') {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid cookie name \"%V\"", &words[1]);
            return conf_error();
        }
    }
    split.cookie_seconds = ngx_parse_time(&words[2], 1);
    if (words[1].len == 0 || split.cookie_seconds <= 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid time \"%V\", write as in \"30d\"",
                           &words[2]);
        return conf_error();
    }
    split.cookie_name = words[1];
    u_char* attributes = static_cast<u_char*>(ngx_pnalloc(cf->pool, 512));
    if (attributes == nullptr) {
        return conf_error();
    }
    u_char* const last = attributes + 512;  // a configuration that repeats itself is cut, not worse
    u_char* end =
        ngx_slprintf(attributes, last, "; Max-Age=%T; Path=/; HttpOnly", split.cookie_seconds);
    bool same_site = false;
    for (ngx_uint_t i = 3; i < cf->args->nelts; ++i) {
        const std::string_view word = view_of(words[i]);
        if (word == "secure") {
            end = ngx_slprintf(end, last, "; Secure");
        } else if (word == "samesite=strict" || word == "samesite=lax" || word == "samesite=none") {
            ngx_str_t value = nginx_text(rest_of(word, 9));
            end = ngx_slprintf(end, last, "; SameSite=%V", &value);
            same_site = true;
        } else if (word.starts_with("domain=") && word.size() > 7 && word.size() < 260) {
            ngx_str_t value = nginx_text(rest_of(word, 7));
            end = ngx_slprintf(end, last, "; Domain=%V", &value);
        } else {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\", write \"%s\"",
                               &words[i], kUsage);
            return conf_error();
        }
    }
    if (!same_site) {
        end = ngx_slprintf(end, last, "; SameSite=lax");
    }
    split.cookie_attributes = {static_cast<std::size_t>(end - attributes), attributes};
    u_char seconds[NGX_TIME_T_LEN];
    ngx_str_t seconds_text = {0, seconds};
    seconds_text.len =
        static_cast<std::size_t>(ngx_sprintf(seconds, "%T", split.cookie_seconds) - seconds);
    add_rule(split, "sticky", &words[1], &seconds_text);
    return NGX_CONF_OK;
}

char* read_pin(ngx_conf_t* cf, SplitConf& split) {
    if (char* failed = expect_arguments(cf, cf->args->nelts == 2, "pin EXPRESSION;")) {
        return failed;
    }
    if (split.pin != nullptr) {
        return refuse_duplicate(cf);
    }
    split.pin = make_in<ngx_http_complex_value_t>(cf->pool);
    if (split.pin == nullptr || !compile_value(cf, &arguments(cf)[1], split.pin)) {
        return conf_error();
    }
    add_rule(split, "pin", &arguments(cf)[1]);
    return NGX_CONF_OK;
}

char* read_when(ngx_conf_t* cf, SplitConf& split, ngx_array_t& named_rules) {
    ngx_str_t* words = arguments(cf);
    if (char* failed = expect_arguments(cf, cf->args->nelts == 3, "when $variable VARIANT;")) {
        return failed;
    }
    auto* rule = static_cast<WhenRule*>(ngx_array_push(&split.when));
    auto* name = static_cast<ngx_str_t*>(ngx_array_push(&named_rules));
    if (rule == nullptr || name == nullptr || !compile_value(cf, &words[1], &rule->condition)) {
        return conf_error();
    }
    *name = words[2];
    add_rule(split, "when", &words[1], &words[2]);
    return NGX_CONF_OK;
}

char* read_retry(ngx_conf_t* cf, SplitConf& split) {
    ngx_str_t* words = arguments(cf);
    if (char* failed = expect_arguments(cf, cf->args->nelts == 2, "retry safe|off;")) {
        return failed;
    }
    if (view_of(words[1]) != "safe" && view_of(words[1]) != "off") {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"retry\", it takes \"safe\" or \"off\"",
                           &words[1]);
        return conf_error();
    }
    split.shield = view_of(words[1]) == "safe";
    return NGX_CONF_OK;
}

}  // namespace

char* expect_arguments(ngx_conf_t* cf, bool right, const char* usage) {
    if (right) {
        return NGX_CONF_OK;
    }
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid number of arguments in \"%V\", write \"%s\"",
                       &arguments(cf)[0], usage);
    return conf_error();
}

// nginx names the directive itself only where it has called its handler, not inside our block.
char* refuse_duplicate(ngx_conf_t* cf) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is duplicate in this teal_split",
                       &arguments(cf)[0]);
    return conf_error();
}

char* read_split_directive(ngx_conf_t* cf, ngx_command_t*, void* conf) {
    auto& block = *static_cast<SplitBlock*>(conf);
    SplitConf& split = *block.split;
    const std::string_view word = view_of(arguments(cf)[0]);
    if (word == "variant")
        return read_variant(cf, split);
    if (word == "default")
        return read_default(cf, block.default_name);
    if (word == "key")
        return read_key(cf, split);
    if (word == "sticky")
        return read_sticky(cf, split);
    if (word == "pin")
        return read_pin(cf, split);
    if (word == "when")
        return read_when(cf, split, block.when_names);
    if (word == "retry")
        return read_retry(cf, split);
    if (word == "goal")
        return read_goal(cf, split);
    if (word == "holdout")
        return read_holdout(cf, split);
    if (word == "layer")
        return read_layer(cf, split);
    if (word == "exclude")
        return read_exclude(cf, split);
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown directive \"%V\" in teal_split, it takes variant, default, key, "
                       "sticky, pin, when, retry, goal, holdout, layer and exclude",
                       &arguments(cf)[0]);
    return conf_error();
}

}  // namespace teal::nginx
