#include "nginx-module/split_values.hpp"

#include "shared/table/names.hpp"
#include "shared/text/slice.hpp"

#include <cstring>

namespace teal::nginx {
namespace {

// "$name" or "${name}" and nothing else: worth knowing, as nginx's scripts cost a copy.
ngx_int_t sole_variable(ngx_conf_t* cf, const ngx_str_t& text) {
    std::string_view name = view_of(text);
    if (name.starts_with("${") && name.ends_with('}')) {
        name = name.substr(2, name.size() - 3);
    } else {
        name.remove_prefix(name.starts_with('$') ? 1 : name.size());
    }
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
        return NGX_ERROR;  // $1 is a capture
    }
    for (const char c : name) {
        if (!table::is_word_character(c)) {
            return NGX_ERROR;
        }
    }
    ngx_str_t wanted = nginx_text(name);
    return ngx_http_get_variable_index(cf, &wanted);
}

}  // namespace

bool compile_value(ngx_conf_t* cf, ngx_str_t* text, ngx_http_complex_value_t* value) {
    ngx_http_compile_complex_value_t compilation{};
    compilation.cf = cf;
    compilation.value = text;
    compilation.complex_value = value;
    return ngx_http_compile_complex_value(&compilation) == NGX_OK;
}

void add_rule(SplitConf& split, const char* what, const ngx_str_t* first, const ngx_str_t* second) {
    const std::size_t bytes =
        std::strlen(what) + 1 + first->len + (second != nullptr ? 1 + second->len : 0) + 1;
    if (split.rules.len + bytes > kRulesBytes - 1) {
        return;
    }
    u_char* end = split.rules.data + split.rules.len;
    end = second != nullptr ? ngx_sprintf(end, "%s %V %V\n", what, first, second)
                            : ngx_sprintf(end, "%s %V\n", what, first);
    split.rules.len = static_cast<std::size_t>(end - split.rules.data);
}

bool add_key(ngx_conf_t* cf, ngx_array_t& keys, ngx_str_t* text) {
    auto* key = static_cast<KeyConf*>(ngx_array_push(&keys));
    if (key == nullptr || !compile_value(cf, text, &key->value)) {
        return false;
    }
    key->variable = sole_variable(cf, *text);
    key->cookie = {0, nullptr};
    return true;
}

}  // namespace teal::nginx
