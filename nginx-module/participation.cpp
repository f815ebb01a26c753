#include "nginx-module/participation.hpp"

#include "nginx-module/key_value.hpp"
#include "nginx-module/worker.hpp"
#include "shared/table/participation.hpp"

namespace teal::nginx {

const ngx_str_t* VisitorKey::find() {
    const auto* keys = static_cast<const KeyConf*>(split_.keys.elts);
    for (ngx_uint_t i = 0; !searched_ && !found_ && i < split_.keys.nelts; ++i) {
        found_ = key_value(r_, keys[i], text_);
    }
    searched_ = true;
    return found_ ? &text_ : nullptr;
}

std::uint64_t VisitorKey::point(std::uint64_t salt) {
    const ngx_str_t* key = find();
    return key != nullptr ? key_hash(key->data, key->len, salt) : worker().random();
}

bool holds(ngx_http_request_t* r, ngx_http_complex_value_t& expression) {
    ngx_str_t value;
    return ngx_http_complex_value(r, &expression, &value) == NGX_OK && value.len != 0 &&
           view_of(value) != "0";
}

bool is_excluded(ngx_http_request_t* r, const SplitConf& split) {
    auto* rules = static_cast<ngx_http_complex_value_t*>(split.exclude.elts);
    for (ngx_uint_t i = 0; i < split.exclude.nelts; ++i) {
        if (holds(r, rules[i])) {
            return true;
        }
    }
    return false;
}

table::Absence absence_by_key(const SplitConf& split, VisitorKey& key) {
    if (split.holdout_ppm != 0) {
        const ngx_str_t* text = key.find();
        if (text == nullptr || table::is_held_out(text->data, text->len, split.holdout_ppm)) {
            return table::Absence::holdout;
        }
    }
    if (split.layer.name.len == 0) {
        return table::Absence::none;
    }
    if (key.find() == nullptr) {
        return table::Absence::layer;
    }
    const std::uint64_t point = key.point(split.layer.salt);
    const auto* ranges = static_cast<const table::RingRange*>(split.layer.ranges.elts);
    for (ngx_uint_t i = 0; i < split.layer.ranges.nelts; ++i) {
        if (ranges[i].holds(point)) {
            return table::Absence::none;
        }
    }
    return table::Absence::layer;
}

}  // namespace teal::nginx
