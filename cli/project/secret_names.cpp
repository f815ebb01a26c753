#include "cli/project/secret_names.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

namespace teal::cli {
namespace {

constexpr char kMask[] = "********";

constexpr std::string_view kWords[] = {"PASSWORD",   "PASSWD", "PASSPHRASE", "PASS_",  "_PASS",
                                       "SECRET",     "TOKEN",  "KEY",        "SALT",   "PRIVATE",
                                       "CREDENTIAL", "AUTH_",  "_AUTH",      "COOKIE", "SIGNATURE"};

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

bool says_secret(const std::string& name) {
    const std::string shouted = upper(name);
    return shouted == "PASS" ||
           std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
               return shouted.find(word) != std::string::npos;
           });
}

// Of "scheme://user:password@host": where the password begins and ends.
std::optional<std::pair<std::size_t, std::size_t>> password_in_url(const std::string& value) {
    const std::size_t scheme = value.find("://");
    if (scheme == std::string::npos) {
        return std::nullopt;
    }
    const std::size_t begin = scheme + 3;
    // A password may have '/' or '@' in it that nobody escaped: the last '@' is the one that
    // counts.
    const std::size_t at = value.rfind('@');
    const std::size_t colon = value.find(':', begin);
    if (at == std::string::npos || at < begin || colon == std::string::npos || colon > at) {
        return std::nullopt;
    }
    return std::pair(colon + 1, at);
}

bool looks_secret(const std::string& value) {
    const std::string shouted = upper(value);
    return shouted.find("PRIVATE KEY-----") != std::string::npos ||
           shouted.find("PASSWORD=") != std::string::npos ||
           shouted.find("SECRET=") != std::string::npos ||
           shouted.find("TOKEN=") != std::string::npos;
}

}  // namespace

bool is_secret(const std::string& name, const std::string& value) {
    return says_secret(name) || looks_secret(value) || password_in_url(value).has_value();
}

std::string masked_value(const std::string& name, const std::string& value) {
    if (value.empty()) {
        return value;
    }
    const auto password = password_in_url(value);
    const bool one_url = value.find("://") == value.rfind("://");
    if (password && one_url && !looks_secret(value) && !says_secret(name)) {
        return value.substr(0, password->first) + kMask + value.substr(password->second);
    }
    return is_secret(name, value) ? kMask : value;
}

}  // namespace teal::cli
