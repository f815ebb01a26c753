// Incremental parser of HTTP/1.x messages (RFC 9112), for both ends: the backend reads requests
// with it, clients and the load generator read answers. Strict where a test must notice (lengths,
// chunk sizes, line ends); it accepts no HTTP/0.9. Fields are views into the kept head: no
// allocation per field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace teal::harness {

// Case-insensitive comparison of ASCII texts, as field names need it.
bool same_name(std::string_view a, std::string_view b);

class MessageParser {
public:
    enum class Kind { request, response };
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    // `keep_body` false: the body is only counted.
    explicit MessageParser(Kind kind, bool keep_body = true) : kind_(kind), keep_body_(keep_body) {}
    MessageParser(const MessageParser&) = delete;
    MessageParser& operator=(const MessageParser&) = delete;

    // Takes bytes up to the end of this message; returns how many it took.
    std::size_t feed(std::string_view bytes);
    // The peer closed: completes a body that lasts until then.
    void end_of_stream();
    // Ready for the next message.
    void reset();
    // The answer to HEAD has no body, whatever its fields say. Holds until reset().
    void expect_no_body() { no_body_ = true; }

    bool started() const { return !head_.empty(); }
    bool head_complete() const { return step_ != Step::head && step_ != Step::failed; }
    bool complete() const { return step_ == Step::complete; }
    bool failed() const { return step_ == Step::failed; }

    // REQUIRES: head_complete(). Valid until reset().
    std::string_view head() const { return head_; }
    std::string_view method() const { return first_; }   // of a request
    std::string_view target() const { return second_; }  // of a request
    int status() const { return status_; }               // of a response
    const std::vector<Field>& fields() const { return fields_; }
    // First field of that name; empty when there is none.
    std::string_view field(std::string_view name) const;
    // Whether `token` is in the comma-separated list of the field (any case).
    bool field_has(std::string_view name, std::string_view token) const;
    // Whether the connection ends with this message (RFC 9112, 9.3).
    bool last_on_connection() const;
    const std::string& body() const { return body_; }
    std::size_t body_size() const { return body_size_; }

private:
    enum class Step {
        head,
        length,
        until_close,
        chunk_size,
        chunk,
        chunk_end,
        trailer,
        complete,
        failed
    };

    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_line(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void parse_head();
    bool parse_start_line(std::string_view line);
    void choose_body();
    void end_line();

    Kind kind_;
    bool keep_body_;
    bool no_body_ = false;
    bool http_1_0_ = false;
    Step step_ = Step::head;
    std::string head_;
    std::string line_;
    std::string_view first_;
    std::string_view second_;
    int status_ = 0;
    std::vector<Field> fields_;
    std::size_t left_ = 0;  // bytes missing of the body or chunk
    std::string body_;
    std::size_t body_size_ = 0;
};

}  // namespace teal::harness
