// Endpoint addresses as people write them: 127.0.0.1:8101, [::1]:8101, unix:/run/app.sock.
// No host names: an address that resolves differently tomorrow has no place in a table.
#pragma once

#include "shared/table/layout.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace teal::table {

// The endpoint (slot 0), or nothing with the reason in `error`.
std::optional<Endpoint> parse_endpoint(std::string_view text, std::string& error);

// Canonical text, as nginx logs it.
std::string_view text_of(const Endpoint& endpoint);

}  // namespace teal::table
