#include "nginx-module/page.hpp"

#include "shared/text/slice.hpp"

#include <cstdio>

namespace teal::nginx {

bool Page::make_room() {
    if (failed_ || (buffer_ != nullptr &&
                    static_cast<std::size_t>(buffer_->end - buffer_->last) >= kMostPiece)) {
        return !failed_;
    }
    ngx_buf_t* buffer = ngx_create_temp_buf(request_->pool, kBufferBytes);
    ngx_chain_t* link = ngx_alloc_chain_link(request_->pool);
    failed_ = buffer == nullptr || link == nullptr;
    if (failed_) {
        return false;
    }
    link->buf = buffer;
    link->next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = link;
    last_ = link;
    buffer_ = buffer;
    return true;
}

void Page::add_escaped(std::string_view piece) {
    if (!make_room()) {
        return;
    }
    for (const char c : piece) {
        const auto byte = static_cast<u_char>(c);
        if (byte < 0x20) {
            buffer_->last = ngx_sprintf(buffer_->last, "\\u%04xd", static_cast<unsigned>(byte));
            continue;
        }
        if (c == '"' || c == '\\') {
            *buffer_->last++ = '\\';
        }
        *buffer_->last++ = byte;
    }
}

Page& Page::add_string(std::string_view text) {
    constexpr std::size_t kPiece = kMostPiece / 8;
    add("\"");
    while (text.size() > kPiece) {
        add_escaped(first_of(text, kPiece));
        text = rest_of(text, kPiece);
    }
    add_escaped(text);
    return add("\"");
}

Page& Page::add_text(std::string_view text) {
    while (!text.empty() && make_room()) {
        const std::size_t bytes = text.size() < kMostPiece ? text.size() : kMostPiece;
        buffer_->last = ngx_cpymem(buffer_->last, text.data(), bytes);
        text = rest_of(text, bytes);
    }
    return *this;
}

// nginx's own %f goes through a 64-bit integer, which sums of squares outgrow.
Page& Page::add_number(double number) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.15g", number);
    return add("%s", text);
}

ngx_int_t Page::send(const char* content_type) {
    ngx_http_request_t* r = request_;
    if (!make_room()) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = 0;
    for (ngx_chain_t* link = first_; link != nullptr; link = link->next) {
        r->headers_out.content_length_n += ngx_buf_size(link->buf);
    }
    r->headers_out.content_type = nginx_text(content_type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    buffer_->last_buf = r == r->main ? 1 : 0;
    buffer_->last_in_chain = 1;
    if (!add_header(r, "Cache-Control", "no-store")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    const ngx_int_t sent = ngx_http_send_header(r);
    if (sent == NGX_ERROR || sent > NGX_OK || r->header_only) {
        return sent;
    }
    return ngx_http_output_filter(r, first_);
}

bool add_header(ngx_http_request_t* r, std::string_view name, std::string_view value) {
    auto* header = static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (header == nullptr) {
        return false;
    }
    ngx_memzero(header, sizeof(*header));
    header->hash = 1;
    header->key = nginx_text(name);
    header->value = nginx_text(value);
    return true;
}

ngx_int_t begin_page(ngx_http_request_t* r) {
    if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) == 0) {
        // RFC 9110, section 15.5.6.
        return add_header(r, "Allow", "GET, HEAD") ? NGX_HTTP_NOT_ALLOWED
                                                   : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return ngx_http_discard_request_body(r);
}

}  // namespace teal::nginx
