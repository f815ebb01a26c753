// How a request names a variant outright, as the running nginx.conf says it: what testers do by
// hand, and the smoke test by itself.
#pragma once

#include "cli/health/probe.hpp"
#include "cli/traffic/nginx_view.hpp"

#include <string>

namespace teal::cli {

struct Pin {
    enum class Place { header, cookie, argument } place = Place::header;
    std::string name;
};

// From the split's rules in the counters file. Throws Error (failed) when nginx.conf has no pin, or
// one that a request cannot set by itself.
Pin pin_of(const NginxView& nginx, const std::string& split);

void put_pin(ProbeTarget& target, const Pin& pin, const std::string& variant);

}  // namespace teal::cli
