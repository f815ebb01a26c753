// What is known of a request that `teal traffic explain` is asked about, and the value that an
// expression of nginx.conf has for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace teal::cli {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct RequestFacts {
    std::optional<std::string> key;  // given outright
    NamedValues cookies;
    NamedValues headers;
    NamedValues arguments;
    NamedValues variables;
    std::optional<std::string> address;
};

// "NAME=VALUE" or, for headers, "Name: value". Throws Error (wrong input) naming the option.
std::pair<std::string, std::string> parse_named_value(const std::string& option, char separator,
                                                      const std::string& text);

// Throws Error (wrong input) for what is no IP address.
void check_address(const std::string& address);

struct MissingFact {
    std::string variable;   // "$beta_user"
    std::string next_step;  // "--var beta_user=…"
};

// Values of expressions, with nginx's rules for its variables: $cookie_NAME, $http_NAME, $arg_NAME,
// $remote_addr, $binary_remote_addr; any other one is what --var says. Names ignore case.
class Evaluation {
public:
    explicit Evaluation(const RequestFacts& facts) : facts_(facts) {}

    std::string value_of(std::string_view expression);
    std::optional<std::string> cookie(std::string_view name) const;
    // Variables that were asked for and are not known: taken for empty.
    const std::vector<MissingFact>& missing() const { return missing_; }

private:
    std::string variable(const std::string& name);
    void note_missing(const std::string& name, const std::string& option);

    const RequestFacts& facts_;
    std::vector<MissingFact> missing_;
};

}  // namespace teal::cli
