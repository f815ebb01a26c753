// Changing a variant's list of endpoints. An endpoint keeps its slot, its place in the counters,
// for its life; a new one does not take a slot that the present publication still uses, unless
// there is no other: workers may have requests in flight to the old one.
#pragma once

#include "shared/table/writing/image.hpp"

#include <string>
#include <vector>

namespace teal::cli {

enum class EndpointAction { list, add, remove, set };

// Throws Error (wrong input) for anything but list, add, remove and set.
EndpointAction parse_endpoint_action(const std::string& text);

// Parsed and checked for duplicates among themselves. Throws Error (wrong input).
std::vector<table::Endpoint> parse_endpoints(const std::vector<std::string>& addresses);

struct EndpointDifference {
    std::vector<std::string> added;
    std::vector<std::string> removed;

    bool empty() const { return added.empty() && removed.empty(); }
};

// Edits the variant. Throws Error (wrong input) and leaves it as it was.
EndpointDifference edit_endpoints(table::VariantImage& variant, EndpointAction action,
                                  const std::vector<table::Endpoint>& endpoints);

}  // namespace teal::cli
