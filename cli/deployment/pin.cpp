#include "cli/deployment/pin.hpp"

#include "cli/error.hpp"
#include "cli/traffic/nginx_rules.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace teal::cli {
namespace {

std::string with_dashes(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
}

}  // namespace

Pin pin_of(const NginxView& nginx, const std::string& split) {
    const std::optional<std::uint32_t> entry = nginx.find_split(split);
    if (!entry || !nginx.is_configured(nginx.file().split(*entry))) {
        throw failure("split " + split + " is not in the running nginx.conf",
                      "add teal_split " + split + " to nginx.conf and reload nginx");
    }
    const std::optional<std::string> pin = parse_rules(nginx.file().split(*entry).rules).pin;
    const std::string remedy =
        "add \"pin $http_x_teal_variant;\" to teal_split " + split + " and reload nginx";
    if (!pin) {
        throw failure(
            "teal_split " + split + " has no pin, so a standby cannot be tested through nginx",
            remedy);
    }
    const std::pair<const char*, Pin::Place> places[] = {{"$http_", Pin::Place::header},
                                                         {"$cookie_", Pin::Place::cookie},
                                                         {"$arg_", Pin::Place::argument}};
    for (const auto& [prefix, place] : places) {
        const std::string name = pin->starts_with(prefix) ? pin->substr(std::strlen(prefix)) : "";
        if (!name.empty() && name.find_first_of("${}\"' ") == std::string::npos) {
            return {place, place == Pin::Place::header ? with_dashes(name) : name};
        }
    }
    throw failure("the pin of teal_split " + split + ", " + *pin +
                      ", is nothing that a request can set by itself",
                  remedy);
}

void put_pin(ProbeTarget& target, const Pin& pin, const std::string& variant) {
    switch (pin.place) {
        case Pin::Place::header:
            target.headers.emplace_back(pin.name, variant);
            return;
        case Pin::Place::cookie:
            target.headers.emplace_back("Cookie", pin.name + "=" + variant);
            return;
        case Pin::Place::argument:
            target.spec.path += (target.spec.path.find('?') == std::string::npos ? "?" : "&") +
                                pin.name + "=" + variant;
            return;
    }
}

}  // namespace teal::cli
