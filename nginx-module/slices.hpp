// A page of any length, made and sent a slice at a time: between two slices the worker serves what
// else is due, so that a scrape of ten thousand splits does not hold up a single request, and
// memory is that of a few slices. Slices are short and pauses part them, because endpoints and the
// kernel want their share of the processor, too; after some pauses without a new request, longer
// slices follow each other until there is one. A thousand splits take some 20 ms so, or half a
// second.
//
// The approach is nginx's own for what is longer than a socket takes: the request stays open, and
// either a posted event (the next turn of the loop), a timer or a writable socket brings the next
// slice.
// Rejected: writing everything first. It is simpler, and a worker is deaf for as long as it takes;
// with gzip behind it several times as long.
#pragma once

#include "nginx-module/nginx.hpp"

namespace teal::nginx {

enum class Slice : std::uint8_t { more, last, failed };

enum class Pace : std::uint8_t { quick, considerate };

// Fills buffer->last up to buffer->end, kSliceBytes at least; may write nothing and want to be
// called again (`more`). Takes no longer than a request may wait: a fraction of a millisecond, or
// with `considerate` a twentieth of one.
using MakeSlice = Slice (*)(void* source, ngx_buf_t* buffer, Pace pace);

inline constexpr std::size_t kSliceBytes = 64 * 1024;

// What a content handler returns. `source` lives in the request's pool. A page of one slice is sent
// with its length.
ngx_int_t send_in_slices(ngx_http_request_t* r, const char* content_type, MakeSlice make,
                         void* source);

}  // namespace teal::nginx
