#include "tests/harness/backend_behaviour.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace teal::harness {

namespace {

constexpr std::size_t kChunk = 8192;
constexpr std::size_t kLargestBody = 256U * 1024U * 1024U;

std::optional<std::size_t> number_behind(std::string_view path, std::string_view prefix) {
    if (path.substr(0, prefix.size()) != prefix) {
        return std::nullopt;
    }
    path.remove_prefix(prefix.size());
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), value);
    if (error != std::errc() || end != path.data() + path.size() || value > kLargestBody) {
        return std::nullopt;
    }
    return value;
}

std::string echo(const MessageParser& request) {
    nlohmann::json fields = nlohmann::json::array();
    for (const auto& field : request.fields()) {
        fields.push_back({std::string(field.name), std::string(field.value)});
    }
    const nlohmann::json all = {{"method", std::string(request.method())},
                                {"target", std::string(request.target())},
                                {"headers", fields},
                                {"body", request.body()}};
    return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

const char* reason_for(int status) {
    return status < 300 ? "OK" : status < 400 ? "Elsewhere" : status < 500 ? "Refused" : "Failed";
}

std::string in_chunks(std::string_view body) {
    std::string out;
    while (!body.empty()) {
        const std::size_t size = std::min(body.size(), kChunk);
        char digits[17];
        const auto end = std::to_chars(digits, digits + sizeof digits, size, 16).ptr;
        out.append(digits, end).append("\r\n").append(body.substr(0, size)).append("\r\n");
        body.remove_prefix(size);
    }
    return out + "0\r\n\r\n";
}

}  // namespace

bool follow_path(const MessageParser& request, Behaviour& behaviour) {
    const auto target = request.target();
    const auto path = target.substr(0, target.find('?'));
    if (path == "/echo") {
        behaviour.body = echo(request);
        behaviour.content_type = "application/json";
    } else if (const auto status = number_behind(path, "/status/"); status && *status < 1000) {
        behaviour.status = static_cast<int>(*status);
    } else if (const auto delay = number_behind(path, "/delay/")) {
        behaviour.delay = std::chrono::milliseconds(*delay);
    } else if (const auto bytes = number_behind(path, "/bytes/")) {
        behaviour.body.assign(*bytes, 'x');
    } else if (const auto chunked = number_behind(path, "/chunked/")) {
        behaviour.body.assign(*chunked, 'x');
        behaviour.manner = Manner::chunked;
    } else if (const auto drip = number_behind(path, "/drip/")) {
        behaviour.body.assign(*drip, 'x');
        behaviour.manner = Manner::drip;
    } else {
        return false;
    }
    return true;
}

std::string render(const Behaviour& behaviour, const std::string& name, bool head_only,
                   bool closing) {
    const bool chunked = behaviour.manner == Manner::chunked;
    const bool bodiless =
        behaviour.status < 200 || behaviour.status == 204 || behaviour.status == 304;
    std::string out = "HTTP/1.1 " + std::to_string(behaviour.status) + " " +
                      reason_for(behaviour.status) + "\r\nX-Served-By: " + name +
                      "\r\nContent-Type: " + behaviour.content_type + "\r\n";
    for (const auto& [field, value] : behaviour.fields) {
        out.append(field).append(": ").append(value).append("\r\n");
    }
    if (closing) {
        out += "Connection: close\r\n";
    }
    if (chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    } else if (!bodiless) {
        out += "Content-Length: " + std::to_string(behaviour.body.size()) + "\r\n";
    }
    out += "\r\n";
    if (head_only || bodiless || behaviour.manner == Manner::drip) {
        return out;
    }
    if (chunked) {
        return out + in_chunks(behaviour.body);
    }
    const bool half = behaviour.manner == Manner::half;
    return out.append(behaviour.body, 0, half ? behaviour.body.size() / 2 : std::string::npos);
}

}  // namespace teal::harness
