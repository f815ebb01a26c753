// What `teal` and `teal-post` say to each other: one request as JSON one way, one answer the other.
// Both are always of one version, so the form is nobody else's business and may change.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace teal::cli {

struct PostRequest {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    double timeout_s = 10;
};

struct PostAnswer {
    std::uint32_t status = 0;  // 0: none came
    std::string body{};        // the beginning of it
    std::string problem{};     // why none came: "connection refused"
    double retry_after_s = 0;  // what the receiver asks for
};

std::string to_text(const PostRequest& request);
std::string to_text(const PostAnswer& answer);

// Throw std::exception for anything that the functions above did not write.
PostRequest post_request_from(const std::string& text);
PostAnswer post_answer_from(const std::string& text);

}  // namespace teal::cli
