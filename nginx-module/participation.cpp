#include "nginx-module/participation.hpp"

#include "nginx-module/key_value.hpp"
#include "shared/table/participation.hpp"

namespace teal::nginx {

bool holds(ngx_http_request_t* r, ngx_http_complex_value_t& expression) {
    ngx_str_t value;
    return ngx_http_complex_value(r, &expression, &value) == NGX_OK && value.len != 0 &&
           view_of(value) != "0";
}

bool is_excluded(ngx_http_request_t* r, const SplitConf& split) {
    const auto* rules = static_cast<const KeyConf*>(split.exclude.elts);
    bool excluded = false;
    for (ngx_uint_t i = 0; !excluded && i < split.exclude.nelts; ++i) {
        ngx_str_t value;
        excluded = key_value(r, rules[i], value) && view_of(value) != "0";
    }
    return excluded;
}

table::Absence absence_by_key(ngx_http_request_t* r, const SplitConf& split) {
    const auto* keys = static_cast<const KeyConf*>(split.keys.elts);
    ngx_str_t key = {0, nullptr};
    bool found = false;
    for (ngx_uint_t i = 0; !found && i < split.keys.nelts; ++i) {
        found = key_value(r, keys[i], key);
    }
    if (split.holdout_ppm != 0 &&
        (!found || table::is_held_out(key.data, key.len, split.holdout_ppm))) {
        return table::Absence::holdout;
    }
    if (split.layer.name.len == 0) {
        return table::Absence::none;
    }
    const std::uint64_t point = key_hash(key.data, key.len, split.layer.salt);
    const auto* ranges = static_cast<const table::RingRange*>(split.layer.ranges.elts);
    for (ngx_uint_t i = 0; found && i < split.layer.ranges.nelts; ++i) {
        if (ranges[i].holds(point)) {
            return table::Absence::none;
        }
    }
    return table::Absence::layer;
}

}  // namespace teal::nginx
