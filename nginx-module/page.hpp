// A page that is written piece by piece into nginx's buffers: JSON and metrics of any length with
// no copy and no growing buffer.
#pragma once

#include "nginx-module/nginx.hpp"

namespace teal::nginx {

class Page {
public:
    explicit Page(ngx_http_request_t* r) : request_(r) {}

    // ngx_snprintf's formats. One call writes at most kMostPiece bytes.
    template <typename... Arguments>
    Page& add(const char* format, Arguments... arguments) {
        if (make_room()) {
            buffer_->last = ngx_slprintf(buffer_->last, buffer_->end, format, arguments...);
        }
        return *this;
    }
    // A JSON string with its quotes (RFC 8259, section 7), of any length.
    Page& add_string(std::string_view text);
    // As it is, of any length.
    Page& add_text(std::string_view text);

    // A number as JSON and Prometheus read it, exact to 15 digits. REQUIRES: finite.
    Page& add_number(double number);

    // Sends headers and page; what a content handler returns.
    ngx_int_t send(const char* content_type);

private:
    static constexpr std::size_t kBufferBytes = 32 * 1024;
    static constexpr std::size_t kMostPiece = 2048;

    // At most kMostPiece / 6 bytes: each may become six.
    void add_escaped(std::string_view piece);

    bool make_room();

    ngx_http_request_t* request_;
    ngx_chain_t* first_ = nullptr;
    ngx_chain_t* last_ = nullptr;
    ngx_buf_t* buffer_ = nullptr;
    bool failed_ = false;
};

// A header of the answer; both texts outlive the request. False: no memory.
bool add_header(ngx_http_request_t* r, std::string_view name, std::string_view value);

// Discards the body, answers HEAD, and refuses other methods: NGX_OK to go on.
ngx_int_t begin_page(ngx_http_request_t* r);

}  // namespace teal::nginx
