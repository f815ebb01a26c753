#include "cli/database/connection_uri.hpp"

#include "cli/error.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>

namespace teal::cli::database {
namespace {

// https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-PARAMKEYWORDS
constexpr std::string_view kKnown[] = {"host",
                                       "hostaddr",
                                       "port",
                                       "dbname",
                                       "user",
                                       "password",
                                       "passfile",
                                       "require_auth",
                                       "channel_binding",
                                       "connect_timeout",
                                       "client_encoding",
                                       "options",
                                       "application_name",
                                       "fallback_application_name",
                                       "keepalives",
                                       "keepalives_idle",
                                       "keepalives_interval",
                                       "keepalives_count",
                                       "tcp_user_timeout",
                                       "gssencmode",
                                       "sslmode",
                                       "requiressl",
                                       "sslnegotiation",
                                       "sslcompression",
                                       "sslcert",
                                       "sslkey",
                                       "sslcertmode",
                                       "sslrootcert",
                                       "sslcrl",
                                       "sslcrldir",
                                       "sslsni",
                                       "requirepeer",
                                       "ssl_min_protocol_version",
                                       "ssl_max_protocol_version",
                                       "krbsrvname",
                                       "gsslib",
                                       "gssdelegation",
                                       "service",
                                       "target_session_attrs",
                                       "load_balance_hosts",
                                       "ssl"};

Error refused(const std::string& where, const std::string& why) {
    return wrong_input(where + " " + why,
                       "write it as in postgresql://user:password@host:5432/database (characters "
                       "that mean something there as %XX: / is %2F, @ is %40)");
}

int hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return std::nullopt;
        }
        plain += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return plain;
}

std::string demand_decoded(const std::string& where, const char* part, std::string_view text) {
    const std::optional<std::string> plain = decoded(text);
    if (!plain || plain->find('\0') != std::string::npos) {
        throw refused(where, std::string("has a '%' in its ") + part +
                                 " that is not followed by two hexadecimal digits");
    }
    return *plain;
}

// What stands behind "scheme://", or nothing when the scheme is another database's.
std::optional<std::string_view> behind_scheme(std::string_view text) {
    const std::size_t end = text.find("://");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view scheme = text.substr(0, std::min(end, text.find('+')));
    return scheme == "postgresql" || scheme == "postgres" ? std::optional(text.substr(end + 3))
                                                          : std::nullopt;
}

void read_parameter(const std::string& where, std::string_view word, ConnectionUri& uri) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
        throw refused(where, "has a parameter without a value");
    }
    const std::string name(word.substr(0, equals));
    const std::string_view value = word.substr(equals + 1);
    if (name == "password") {
        uri.password = demand_decoded(where, "password", value);
    } else if (name == "dbname") {
        uri.database = demand_decoded(where, "dbname", value);
    } else if (name == "sslpassword" || name == "oauth_client_secret") {
        throw wrong_input(where + " has the parameter " + name +
                              ", which could only be handed on where everybody can read it",
                          "leave it out and name the connection in a service file "
                          "(?service=NAME, PGSERVICEFILE)");
    } else if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
        uri.left_out.push_back(name);
    } else {
        demand_decoded(where, "parameters", value);
        uri.parameters.emplace_back(name, value);
    }
}

void read_parameters(const std::string& where, std::string_view text, ConnectionUri& uri) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        if (end > 0) {
            read_parameter(where, text.substr(0, end), uri);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace

std::string percent_encoded(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((std::isalnum(byte) != 0 && byte < 0x80) || std::strchr("-_.~", c) != nullptr) {
            safe += c;
            continue;
        }
        constexpr char kDigits[] = "0123456789ABCDEF";
        safe += '%';
        safe += kDigits[byte >> 4u];
        safe += kDigits[byte & 15u];
    }
    return safe;
}

ConnectionUri parse_connection_uri(const std::string& where, const std::string& text) {
    const std::optional<std::string_view> rest_of = behind_scheme(text);
    if (!rest_of) {
        throw refused(where, "is not a URI of PostgreSQL");
    }
    ConnectionUri uri;
    std::string_view rest = *rest_of;
    if (const std::size_t question = rest.find('?'); question != std::string_view::npos) {
        read_parameters(where, rest.substr(question + 1), uri);
        rest = rest.substr(0, question);
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::string_view before = rest.substr(0, slash);
    if (slash + 1 < rest.size()) {
        uri.database = demand_decoded(where, "database's name", rest.substr(slash + 1));
    }
    if (const std::size_t at = before.find('@'); at != std::string_view::npos) {
        const std::string_view who = before.substr(0, at);
        const std::size_t colon = std::min(who.find(':'), who.size());
        uri.user = who.substr(0, colon);
        demand_decoded(where, "user", uri.user);
        if (colon < who.size()) {
            uri.password = demand_decoded(where, "password", who.substr(colon + 1));
        }
        before.remove_prefix(at + 1);
    }
    if (before.find('@') != std::string_view::npos) {
        throw refused(where, "has two '@' before its host");
    }
    uri.hosts = before;
    return uri;
}

std::string ConnectionUri::parameter(const std::string& name) const {
    for (const auto& [known, value] : parameters) {
        if (known == name) {
            return decoded(value).value_or("");
        }
    }
    return {};
}

std::string ConnectionUri::text(const std::string& other_database) const {
    std::string text = "postgresql://";
    text += user.empty() ? "" : user + "@";
    text += hosts;
    text += "/" + percent_encoded(other_database.empty() ? database : other_database);
    char mark = '?';
    for (const auto& [name, value] : parameters) {
        text += mark + name + "=" + value;
        mark = '&';
    }
    return text;
}

void cover_password(char* argument) {
    const auto cover = [](char* from, const char* to) { std::fill(from, from + (to - from), '*'); };
    char* scheme = std::strstr(argument, "://");
    if (scheme == nullptr) {
        return;
    }
    char* const begin = scheme + 3;
    // One too many covered is better than one too few: up to the last '@'.
    char* const at = std::strrchr(begin, '@');
    char* const colon = std::strchr(begin, ':');
    if (at != nullptr && colon != nullptr && colon < at) {
        cover(colon + 1, at);
    }
    for (char* found = begin; (found = std::strstr(found, "password=")) != nullptr;) {
        found += std::strlen("password=");
        cover(found, found + std::strcspn(found, "&"));
    }
}

}  // namespace teal::cli::database
