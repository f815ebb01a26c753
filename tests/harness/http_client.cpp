#include "tests/harness/http_client.hpp"

#include <algorithm>

#include "tests/harness/message_parser.hpp"

namespace teal::harness {

namespace {

bool names(const Fields& fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(),
                       [name](const auto& field) { return same_name(field.first, name); });
}

std::string compose(std::string_view method, std::string_view target, const Fields& fields,
                    std::string_view body) {
    std::string out;
    out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
    if (!names(fields, "Host")) {
        out += "Host: localhost\r\n";
    }
    if (!body.empty() && !names(fields, "Content-Length") && !names(fields, "Transfer-Encoding")) {
        out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    for (const auto& [name, value] : fields) {
        out.append(name).append(": ").append(value).append("\r\n");
    }
    return out.append("\r\n").append(body);
}

}  // namespace

HttpConnection::HttpConnection(Endpoint endpoint, std::chrono::milliseconds patience)
    : endpoint_(std::move(endpoint)), patience_(patience) {}

bool HttpConnection::open() {
    deadline_ = std::chrono::steady_clock::now() + patience_;
    if (!is_open()) {
        in_.clear();
        stream_.emplace(endpoint_, patience_);
        ++times_connected_;
    }
    error_ = stream_->is_open() ? NetError::none : stream_->error();
    return stream_->is_open();
}

HttpResponse HttpConnection::request(std::string_view method, std::string_view target,
                                     const Fields& fields, std::string_view body) {
    if (is_open() && in_.empty() && stream_->is_stale()) {
        close();
    }
    if (!open()) {
        return {.error = error_};
    }
    // A server may answer (413) and close before it took the whole body: its answer counts.
    const bool sent = stream_->send(compose(method, target, fields, body), deadline_);
    if (!sent && !stream_->is_open()) {
        error_ = stream_->error();
        return {.error = error_};
    }
    auto response = receive(method == "HEAD");
    error_ = response.error;
    if (response.error != NetError::none || response.last_on_connection) {
        close();
    }
    return response;
}

HttpResponse HttpConnection::receive(bool head_only) {
    MessageParser parser(MessageParser::Kind::response);
    HttpResponse response;
    for (;;) {
        if (head_only) {
            parser.expect_no_body();
        }
        in_.erase(0, parser.feed(in_));
        const bool interim = parser.complete() && parser.status() < 200 && parser.status() != 101;
        if (interim) {
            parser.reset();
            continue;
        }
        if (parser.complete() || parser.failed()) {
            break;
        }
        if (!stream_->receive(in_, deadline_)) {
            response.error = stream_->error();
            if (response.error == NetError::closed) {
                parser.end_of_stream();
            }
            if (parser.complete()) {
                response.error = NetError::none;
            }
            break;
        }
    }
    if (parser.failed()) {
        response.error = NetError::malformed;
    }
    if (parser.head_complete()) {
        response.status = parser.status();
        for (const auto& field : parser.fields()) {
            response.headers.add(field.name, field.value);
        }
        response.body = parser.body();
        response.last_on_connection = parser.last_on_connection();
    }
    return response;
}

bool HttpConnection::send_raw(std::string_view bytes) {
    if (!open()) {
        return false;
    }
    const bool sent = stream_->send(bytes, deadline_);
    error_ = sent ? NetError::none : stream_->error();
    return sent;
}

std::string HttpConnection::receive_raw(std::string_view until) {
    deadline_ = std::chrono::steady_clock::now() + patience_;
    error_ = NetError::none;
    while (until.empty() || in_.find(until) == std::string::npos) {
        if (!is_open() || !stream_->receive(in_, deadline_)) {
            error_ = stream_ ? stream_->error() : NetError::closed;
            break;
        }
    }
    return std::exchange(in_, {});
}

HttpResponse http_get(const Endpoint& endpoint, std::string_view target, const Fields& fields,
                      std::chrono::milliseconds patience) {
    return HttpConnection(endpoint, patience).get(target, fields);
}

}  // namespace teal::harness
