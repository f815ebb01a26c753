#include "nginx-module/variables.hpp"

#include "nginx-module/attempt_trail.hpp"
#include "nginx-module/decision.hpp"
#include "nginx-module/worker.hpp"
#include "shared/text/slice.hpp"

namespace teal::nginx {
namespace {

constexpr std::string_view kPrefix = "teal_";

struct Suffix {
    std::string_view text;
    ngx_http_get_variable_pt handler;
};

// A space cannot be written in a variable's name in nginx.conf, so nobody can name this one.
char kHiddenName[] = "teal request";
char kGenerationName[] = "teal_generation";

void set_text(ngx_http_variable_value_t* value, std::string_view text) {
    value->data = reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
    value->len = static_cast<unsigned>(text.size()) & 0x0fffffffu;
    value->valid = 1;
    value->no_cacheable = 0;
    value->not_found = 0;
}

ngx_int_t get_variant(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
    const auto& split = *reinterpret_cast<const SplitConf*>(data);
    const Decision* decision = decide(r, split);
    if (decision == nullptr) {
        return NGX_ERROR;
    }
    set_text(value, view_of(split.variants[decision->variant].name));
    return NGX_OK;
}

ngx_int_t get_reason(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t data) {
    const Decision* decision = decide(r, *reinterpret_cast<const SplitConf*>(data));
    if (decision == nullptr) {
        return NGX_ERROR;
    }
    set_text(value, table::reason_text(decision->reason));
    return NGX_OK;
}

// The publication this request is decided by; 0 without a usable table.
ngx_int_t get_generation(ngx_http_request_t* r, ngx_http_variable_value_t* value, uintptr_t) {
    const RequestState* state = make_state(r);
    auto* digits = static_cast<u_char*>(ngx_pnalloc(r->pool, NGX_INT64_LEN));
    if (state == nullptr || digits == nullptr) {
        return NGX_ERROR;
    }
    const std::uint64_t generation = state->snapshot != nullptr ? state->snapshot->generation : 0;
    const u_char* end = ngx_sprintf(digits, "%uL", generation);
    set_text(value, {reinterpret_cast<char*>(digits), static_cast<std::size_t>(end - digits)});
    return NGX_OK;
}

ngx_int_t get_hidden(ngx_http_request_t*, ngx_http_variable_value_t* value, uintptr_t) {
    value->not_found = 1;
    return NGX_OK;
}

constexpr Suffix kSuffixes[] = {
    {"", get_variant},
    {"_reason", get_reason},
    {"_attempts", get_attempts},
};

bool define(ngx_conf_t* cf, ngx_str_t name, ngx_http_get_variable_pt handler, const void* data) {
    ngx_http_variable_t* variable = ngx_http_add_variable(cf, &name, 0);
    if (variable == nullptr) {
        return false;
    }
    variable->get_handler = handler;
    variable->data = reinterpret_cast<uintptr_t>(data);
    return true;
}

bool is_same_name(const SplitConf& split, std::string_view name) {
    const std::string_view own = view_of(split.name);
    return own.size() == name.size() &&
           ngx_strncasecmp(reinterpret_cast<u_char*>(const_cast<char*>(own.data())),
                           reinterpret_cast<u_char*>(const_cast<char*>(name.data())),
                           name.size()) == 0;
}

// What $teal_<rest> may mean. nginx keeps variables' names in lower case, so splits are compared
// likewise: two of them, or a split called "app_reason" beside "app", may claim the same variable.
struct Meaning {
    ngx_http_get_variable_pt handler = nullptr;
    SplitConf* split = nullptr;
    const SplitConf* rival = nullptr;
};

Meaning meaning_of(const MainConf& conf, std::string_view rest) {
    Meaning meaning;
    for (std::uint32_t i = 0; i < conf.splits.nelts; ++i) {
        SplitConf& split = conf.split(i);
        for (const Suffix& suffix : kSuffixes) {
            if (!rest.ends_with(suffix.text) ||
                !is_same_name(split, first_of(rest, rest.size() - suffix.text.size()))) {
                continue;
            }
            if (meaning.split != nullptr) {
                meaning.rival = &split;
                return meaning;
            }
            meaning.handler = suffix.handler;
            meaning.split = &split;
        }
    }
    return meaning;
}

bool define_mentioned(ngx_conf_t* cf, const MainConf& conf, ngx_str_t name) {
    const std::string_view text = view_of(name);
    if (!text.starts_with(kPrefix)) {
        return true;
    }
    const Meaning meaning = meaning_of(conf, rest_of(text, kPrefix.size()));
    if (meaning.split == nullptr) {
        return true;
    }
    if (meaning.rival != nullptr || text == kGenerationName) {
        const SplitConf* rival = meaning.rival != nullptr ? meaning.rival : meaning.split;
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "variable \"$%V\" has two meanings because of teal_split \"%V\", rename it",
                      &name, &rival->name);
        return false;
    }
    if (meaning.handler == get_attempts) {
        meaning.split->has_trail = true;
    }
    return define(cf, name, meaning.handler, meaning.split);
}

bool is_of_decision(ngx_http_get_variable_pt handler) {
    return handler == get_variant || handler == get_reason || handler == get_generation;
}

}  // namespace

void forget_variables(ngx_http_request_t* r) {
    const auto* core = static_cast<const ngx_http_core_main_conf_t*>(
        ngx_http_get_module_main_conf(r, ngx_http_core_module));
    const auto* variables = static_cast<const ngx_http_variable_t*>(core->variables.elts);
    for (ngx_uint_t i = 0; i < core->variables.nelts; ++i) {
        if (is_of_decision(variables[i].get_handler)) {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }
}

ngx_int_t add_variables(ngx_conf_t* cf, MainConf& conf) {
    if (conf.splits.nelts == 0) {
        return NGX_OK;
    }
    ngx_str_t hidden = nginx_text({kHiddenName, sizeof(kHiddenName) - 1});
    const ngx_str_t generation = nginx_text({kGenerationName, sizeof(kGenerationName) - 1});
    if (!define(cf, hidden, get_hidden, nullptr) ||
        !define(cf, generation, get_generation, nullptr)) {
        return NGX_ERROR;
    }
    conf.request_variable = ngx_http_get_variable_index(cf, &hidden);
    if (conf.request_variable == NGX_ERROR) {
        return NGX_ERROR;
    }
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    auto* mentioned = static_cast<ngx_http_variable_t*>(core->variables.elts);
    for (ngx_uint_t i = 0; i < core->variables.nelts; ++i) {
        if (!define_mentioned(cf, conf, mentioned[i].name)) {
            return NGX_ERROR;
        }
    }
    return NGX_OK;
}

}  // namespace teal::nginx
