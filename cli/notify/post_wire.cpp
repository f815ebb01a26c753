#include "cli/notify/post_wire.hpp"

#include <nlohmann/json.hpp>

namespace teal::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string wire_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_text(const PostRequest& request) {
    return wire_text({{"url", request.url},
                      {"headers", request.headers},
                      {"body", request.body},
                      {"timeout_s", request.timeout_s}});
}

std::string to_text(const PostAnswer& answer) {
    return wire_text({{"status", answer.status},
                      {"body", answer.body},
                      {"problem", answer.problem},
                      {"retry_after_s", answer.retry_after_s}});
}

PostRequest post_request_from(const std::string& text) {
    const Json json = Json::parse(text);
    PostRequest request{.url = json.at("url")};
    json.at("headers").get_to(request.headers);
    request.body = json.at("body");
    request.timeout_s = json.at("timeout_s");
    return request;
}

PostAnswer post_answer_from(const std::string& text) {
    const Json json = Json::parse(text);
    return {.status = json.at("status"),
            .body = json.at("body"),
            .problem = json.at("problem"),
            .retry_after_s = json.at("retry_after_s")};
}

}  // namespace teal::cli
