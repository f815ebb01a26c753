#include "cli/health/probe_wire.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

// A socket's path may be no UTF-8; such a target is then not found, rather than all of them lost.
std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const ProbeTarget& target) {
    const ProbeSpec& spec = target.spec;
    return {{"name", target.name},
            {"address", target.address},
            {"scheme", static_cast<unsigned>(spec.scheme)},
            {"path", spec.path},
            {"host", spec.host},
            {"lowest_status", spec.lowest_status},
            {"highest_status", spec.highest_status},
            {"verify_certificate", spec.verify_certificate},
            {"headers", target.headers},
            {"timeout_s", target.timeout_s}};
}

ProbeTarget target_from(const Json& json) {
    const unsigned scheme = json.at("scheme");
    if (scheme > static_cast<unsigned>(ProbeScheme::tcp)) {
        throw std::runtime_error("unknown scheme");
    }
    ProbeTarget target{.name = json.at("name"), .address = json.at("address")};
    target.spec = {.scheme = static_cast<ProbeScheme>(scheme),
                   .path = json.at("path"),
                   .host = json.at("host"),
                   .lowest_status = json.at("lowest_status"),
                   .highest_status = json.at("highest_status"),
                   .verify_certificate = json.at("verify_certificate")};
    json.at("headers").get_to(target.headers);
    target.timeout_s = json.at("timeout_s");
    return target;
}

Json to_json(const ProbeAnswer& answer) {
    Json json{{"good", answer.good},
              {"status", answer.status},
              {"connect_ms", answer.connect_ms},
              {"first_byte_ms", answer.first_byte_ms},
              {"total_ms", answer.total_ms},
              {"problem", answer.problem}};
    if (answer.certificate_expires_unix_s) {
        json["certificate_expires_unix_s"] = *answer.certificate_expires_unix_s;
    }
    return json;
}

ProbeAnswer answer_from(const Json& json) {
    ProbeAnswer answer{.good = json.at("good"),
                       .status = json.at("status"),
                       .connect_ms = json.at("connect_ms"),
                       .first_byte_ms = json.at("first_byte_ms"),
                       .total_ms = json.at("total_ms"),
                       .problem = json.at("problem")};
    if (const auto found = json.find("certificate_expires_unix_s"); found != json.end()) {
        answer.certificate_expires_unix_s = found->get<std::int64_t>();
    }
    return answer;
}

template <typename Item>
std::string all_to_text(const std::vector<Item>& items) {
    Json json = Json::array();
    for (const Item& item : items) {
        json.push_back(to_json(item));
    }
    return text_of(json);
}

template <typename Item>
std::vector<Item> all_from_text(const std::string& text, Item (*read)(const Json&)) {
    std::vector<Item> items;
    for (const Json& json : Json::parse(text)) {
        items.push_back(read(json));
    }
    return items;
}

}  // namespace

std::string targets_to_text(const std::vector<ProbeTarget>& targets) {
    return all_to_text(targets);
}

std::string answers_to_text(const std::vector<ProbeAnswer>& answers) {
    return all_to_text(answers);
}

std::vector<ProbeTarget> targets_from_text(const std::string& text) {
    return all_from_text(text, target_from);
}

std::vector<ProbeAnswer> answers_from_text(const std::string& text) {
    return all_from_text(text, answer_from);
}

}  // namespace teal::cli
