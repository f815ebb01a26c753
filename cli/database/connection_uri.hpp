// postgresql://user:password@host:port/database?parameter=value, by libpq's rules, taken apart so
// that the password can go another way than the rest: programs get text(), which anybody may read
// in their command line, and the password in their environment.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace teal::cli::database {

struct ConnectionUri {
    std::string user{};      // as written: percent-encoded
    std::string hosts{};     // as written: "db.example:5432", "[::1]", several with commas, or none
    std::string database{};  // decoded; empty: the server's choice, which is the user's name
    std::string password{};  // decoded; empty: none
    std::vector<std::pair<std::string, std::string>> parameters{};  // as written
    std::vector<std::string> left_out{};  // names of parameters that libpq would refuse

    // Without the password; another database when one is named.
    std::string text(const std::string& other_database = {}) const;
    // Value of a parameter, decoded, or empty.
    std::string parameter(const std::string& name) const;
};

// `where` names the setting: its value is in no message, because it may hold a password. What other
// libraries write is read too: postgres://, postgresql+asyncpg://, parameters of their own.
// Throws Error (wrong input).
ConnectionUri parse_connection_uri(const std::string& where, const std::string& text);

std::string percent_encoded(const std::string& text);

// Stars over the password of each "…://user:password@…" in place, same length: for our own command
// line, which /proc shows to everybody.
void cover_password(char* argument);

}  // namespace teal::cli::database
