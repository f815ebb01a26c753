// A color's own networks: the project's, under the color's name and without fixed addresses.
#pragma once

#include "cli/stack/color.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace teal::cli::compose {

// "shop-green"
std::string color_project_name(const std::string& project, Color color);

// `networks` of a service: an object, empty when it has none. Refers into `service`.
const nlohmann::json& networks_of(const nlohmann::json& service);
bool is_external(const nlohmann::json& resource);
bool has_subnet(const nlohmann::json& network);

// "shop_default" of project "shop" becomes "shop-green_default"; "edge" becomes "edge-green".
// External networks stay as they are.
nlohmann::json color_network(nlohmann::json network, const std::string& project,
                             const std::string& color_project, Color color);
// A service's place in a network, without a fixed address.
nlohmann::json color_attachment(nlohmann::json attachment);

}  // namespace teal::cli::compose
