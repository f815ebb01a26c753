#include "cli/proposal/health_words.hpp"

#include "cli/error.hpp"
#include "cli/health/probe.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace teal::cli {
namespace {

using nlohmann::json;

constexpr std::uint32_t kHighestPort = 65535;

std::string test_text(const json& service) {
    const json check = service.value("healthcheck", json::object());
    const json test = check.is_object() ? check.value("test", json()) : json();
    if (test.is_string()) {
        return test.get<std::string>();
    }
    std::string text;
    for (const json& word : test.is_array() ? test : json::array()) {
        text += word.is_string() ? word.get<std::string>() + " " : "";
    }
    return text;
}

std::uint32_t port_in(const std::string& authority) {
    const std::size_t colon = authority.rfind(':');
    std::uint32_t port = 0;
    if (colon == std::string::npos || authority.ends_with(']')) {
        return 0;
    }
    const char* end = authority.data() + authority.size();
    const auto [stop, error] = std::from_chars(authority.data() + colon + 1, end, port);
    return error == std::errc() && stop == end && port <= kHighestPort ? port : 0;
}

bool is_accepted(const std::string& words) {
    try {
        parse_probe("the health check", words);
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

HealthWords health_of(const json& service) {
    HealthWords health;
    const std::string text = test_text(service);
    const std::size_t begin = std::min(text.find("http://"), text.find("https://"));
    if (begin == std::string::npos) {
        return health;
    }
    const std::string url = text.substr(begin, text.find_first_of(" \t\"';|)", begin) - begin);
    const bool tls = url.starts_with("https:");
    const std::size_t host = url.find("//") + 2;
    const std::size_t slash = url.find('/', host);
    const std::string path = slash == std::string::npos ? "/" : url.substr(slash);
    const std::string words = (tls ? "https:" : "") + path;
    health.port = port_in(url.substr(host, slash == std::string::npos ? slash : slash - host));
    if (is_accepted(words)) {
        health.words = words;
    }
    return health;
}

}  // namespace teal::cli
