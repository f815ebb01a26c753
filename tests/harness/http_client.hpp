// A blocking HTTP/1.1 client that never retries and never hides an error: what a user's browser
// would show as broken, a test must see.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/harness/byte_stream.hpp"
#include "tests/harness/endpoint.hpp"
#include "tests/harness/header_list.hpp"

namespace teal::harness {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
    int status = 0;  // 0: there was no answer
    HeaderList headers{};
    std::string body{};
    NetError error = NetError::none;  // anything else: the answer is missing or incomplete
    bool last_on_connection = false;

    bool ok() const { return error == NetError::none && status >= 200 && status < 400; }
};

class HttpConnection {
public:
    // Connects at the first request. Every request must be over within `patience`.
    explicit HttpConnection(Endpoint endpoint,
                            std::chrono::milliseconds patience = std::chrono::seconds(10));

    // One request on the kept connection; opens a new one when there is none, when the server
    // announced the end of the last, or when the server closed it between two requests (see
    // times_connected()). Adds Host, and Content-Length when there is a body, unless given.
    HttpResponse request(std::string_view method, std::string_view target,
                         const Fields& fields = {}, std::string_view body = {});
    HttpResponse get(std::string_view target, const Fields& fields = {}) {
        return request("GET", target, fields);
    }

    // Bytes as they are, on the kept connection (opened when there is none); for HTTP/0.9 and
    // nonsense.
    bool send_raw(std::string_view bytes);
    // Everything until the server closes, or (with `until` given) until that text has arrived.
    std::string receive_raw(std::string_view until = {});

    void close() { stream_.reset(); }
    bool is_open() const { return stream_ && stream_->is_open(); }
    // Whether the server has closed the kept connection, or none was made. Does not wait.
    bool is_stale() const { return !is_open() || stream_->is_stale(); }
    // Why the last raw call ended.
    NetError error() const { return error_; }
    // 1 for a connection that was kept all the time.
    unsigned times_connected() const { return times_connected_; }

private:
    bool open();
    HttpResponse receive(bool head_only);

    Endpoint endpoint_;
    std::chrono::milliseconds patience_;
    ByteStream::Deadline deadline_{};
    std::optional<ByteStream> stream_;
    std::string in_;
    NetError error_ = NetError::none;
    unsigned times_connected_ = 0;
};

// One request on a connection of its own.
HttpResponse http_get(const Endpoint& endpoint, std::string_view target, const Fields& fields = {},
                      std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace teal::harness
