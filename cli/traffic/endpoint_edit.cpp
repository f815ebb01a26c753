#include "cli/traffic/endpoint_edit.hpp"

#include "cli/error.hpp"
#include "cli/suggestion.hpp"
#include "shared/table/writing/address.hpp"

#include <algorithm>
#include <bitset>

namespace teal::cli {
namespace {

using table::Endpoint;
using table::kMaxEndpoints;
using table::text_of;

constexpr const char* kActions[] = {"list", "add", "remove", "set"};

std::string text(const Endpoint& endpoint) {
    return std::string(text_of(endpoint));
}

const Endpoint* find(const std::vector<Endpoint>& endpoints, const Endpoint& wanted) {
    const auto found = std::find_if(
        endpoints.begin(), endpoints.end(),
        [&](const Endpoint& endpoint) { return text_of(endpoint) == text_of(wanted); });
    return found == endpoints.end() ? nullptr : &*found;
}

// Endpoints as they shall be, slots still those of the old list or 0.
std::vector<Endpoint> wanted_list(const table::VariantImage& variant, EndpointAction action,
                                  const std::vector<Endpoint>& named) {
    if (action == EndpointAction::set) {
        return named;
    }
    std::vector<Endpoint> wanted = variant.endpoints;
    for (const Endpoint& endpoint : named) {
        const Endpoint* present = find(variant.endpoints, endpoint);
        if (action == EndpointAction::add) {
            if (present != nullptr) {
                throw wrong_input(
                    text(endpoint) + " is an endpoint of " + variant.name + " already",
                    "leave it out");
            }
            wanted.push_back(endpoint);
            continue;
        }
        if (present == nullptr) {
            std::vector<std::string> known;
            for (const Endpoint& other : variant.endpoints) {
                known.push_back(text(other));
            }
            throw wrong_input(
                text(endpoint) + " is no endpoint of " + variant.name +
                    did_you_mean(text(endpoint), known),
                known.empty() ? variant.name + " has none" : "it has " + listed(known));
        }
        std::erase_if(wanted,
                      [&](const Endpoint& other) { return text_of(other) == text_of(endpoint); });
    }
    return wanted;
}

std::uint32_t lowest_free(const std::bitset<kMaxEndpoints>& avoided,
                          const std::bitset<kMaxEndpoints>& taken) {
    for (const auto& used : {avoided | taken, taken}) {
        for (std::uint32_t slot = 0; slot < kMaxEndpoints; ++slot) {
            if (!used[slot]) {
                return slot;
            }
        }
    }
    return kMaxEndpoints;  // not reached: at most kMaxEndpoints endpoints
}

}  // namespace

EndpointAction parse_endpoint_action(const std::string& text) {
    for (unsigned i = 0; i < 4; ++i) {
        if (text == kActions[i]) {
            return static_cast<EndpointAction>(i);
        }
    }
    throw wrong_input("\"" + text + "\" is nothing that can be done with endpoints" +
                          did_you_mean(text, {kActions, kActions + 4}),
                      "use list, add, remove or set");
}

std::vector<Endpoint> parse_endpoints(const std::vector<std::string>& addresses) {
    std::vector<Endpoint> endpoints;
    for (const std::string& address : addresses) {
        std::string error;
        const std::optional<Endpoint> endpoint = table::parse_endpoint(address, error);
        if (!endpoint) {
            throw wrong_input("address \"" + address + "\": " + error,
                              "write as in 127.0.0.1:8101, [::1]:8101 or unix:/run/app.sock");
        }
        if (find(endpoints, *endpoint) != nullptr) {
            throw wrong_input("address " + text(*endpoint) + " is named twice",
                              "name each address once");
        }
        endpoints.push_back(*endpoint);
    }
    return endpoints;
}

EndpointDifference edit_endpoints(table::VariantImage& variant, EndpointAction action,
                                  const std::vector<Endpoint>& endpoints) {
    std::vector<Endpoint> wanted = wanted_list(variant, action, endpoints);
    if (wanted.size() > kMaxEndpoints) {
        throw wrong_input(variant.name + " would have " + std::to_string(wanted.size()) +
                              " endpoints, more than " + std::to_string(kMaxEndpoints),
                          "remove some, or put a balancer of its own in front of them");
    }
    EndpointDifference difference;
    std::bitset<kMaxEndpoints> avoided;
    std::bitset<kMaxEndpoints> taken;
    for (const Endpoint& old : variant.endpoints) {
        avoided.set(old.slot);
        if (find(wanted, old) == nullptr) {
            difference.removed.push_back(text(old));
        } else {
            taken.set(old.slot);
        }
    }
    for (Endpoint& endpoint : wanted) {
        if (const Endpoint* old = find(variant.endpoints, endpoint); old != nullptr) {
            endpoint.slot = old->slot;
            continue;
        }
        endpoint.slot = lowest_free(avoided, taken);
        taken.set(endpoint.slot);
        difference.added.push_back(text(endpoint));
    }
    if (!difference.empty()) {
        variant.endpoints = std::move(wanted);
    }
    return difference;
}

}  // namespace teal::cli
