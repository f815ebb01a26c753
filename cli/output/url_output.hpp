// URLs and endpoints as text and as JSON.
#pragma once

#include "cli/deployment/url_overview.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace teal::cli {

std::string urls_text(const UrlOverview& overview);
nlohmann::ordered_json urls_json(const UrlOverview& overview);

}  // namespace teal::cli
