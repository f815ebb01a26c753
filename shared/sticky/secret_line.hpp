// A line of the file whose secrets sign sticky cookies, as nginx and the CLI both read it:
//
//   <secret>
//   <secret> expires 2027-01-31
#pragma once

#include <cstdint>
#include <string_view>

namespace teal::sticky {

struct SecretLine {
    std::string_view secret;           // empty: the line says nothing
    std::uint64_t expires_unix_s = 0;  // the end of its last day, UTC; 0: never
    bool well_formed = true;           // false: what follows "expires" is no date

    bool has_expired(std::uint64_t now_unix_s) const {
        return expires_unix_s != 0 && now_unix_s >= expires_unix_s;
    }
};

SecretLine parse_secret_line(std::string_view line);

}  // namespace teal::sticky
