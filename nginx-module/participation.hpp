// Who takes part in a split's experiment: `exclude`, `holdout` and `layer` of nginx.conf, asked for
// a request.
#pragma once

#include "nginx-module/configuration.hpp"
#include "shared/table/route.hpp"

namespace teal::nginx {

// The visitor's key, looked for when it is first needed: most requests bring a cookie and need
// none.
class VisitorKey {
public:
    VisitorKey(ngx_http_request_t* r, const SplitConf& split) : r_(r), split_(split) {}

    // The first key that is not empty; nullptr when there is none.
    const ngx_str_t* find();
    // Point on the ring of this salt. Without a key a random one: the shares stay exact, where
    // hashing nothing would send all such requests to one variant.
    std::uint64_t point(std::uint64_t salt);

private:
    ngx_http_request_t* r_;
    const SplitConf& split_;
    ngx_str_t text_ = {0, nullptr};
    bool searched_ = false;
    bool found_ = false;
};

// An expression that holds: neither empty nor "0".
bool holds(ngx_http_request_t* r, ngx_http_complex_value_t& expression);

bool is_excluded(ngx_http_request_t* r, const SplitConf& split);

// Holdout before layer. Who has no key can be kept out of nothing for good, and so takes no part in
// a split that keeps anybody out.
table::Absence absence_by_key(const SplitConf& split, VisitorKey& key);

}  // namespace teal::nginx
