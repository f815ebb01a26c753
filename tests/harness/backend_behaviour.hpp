// What a backend does with a request: the behaviour a test set, refined by the request's path.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/harness/message_parser.hpp"

namespace teal::harness {

enum class Manner {
    answer,   // a whole answer with Content-Length
    chunked,  // a whole answer in chunks
    drip,     // `drip_bytes` of the body every `drip_interval`
    half,     // the head and half of the body, then the connection is closed
    close,    // the connection is closed without an answer
    reset,    // the same with a TCP reset
    hang,     // nothing, until the peer gives up
};

struct Behaviour {
    int status = 200;
    std::string body{};  // empty: the backend's name and a newline
    std::string content_type = "text/plain";
    std::vector<std::pair<std::string, std::string>> fields{};  // further header fields
    Manner manner = Manner::answer;
    std::chrono::milliseconds delay{0};  // before anything is sent; blocks nobody else
    std::size_t drip_bytes = 1;
    std::chrono::milliseconds drip_interval{10};
    unsigned fail_every = 0;  // every n-th request gets `fail_status` instead; 0: none
    int fail_status = 500;
};

// Code of the test's own for some requests: changes `behaviour` and returns whether it did.
// Runs in the backend's thread: it must not block.
using BackendHandler = std::function<bool(const MessageParser& request, Behaviour& behaviour)>;

// Behaviour asked for by the path, whatever the query says; returns whether it named one:
// /status/503, /delay/250 (ms), /bytes/N, /chunked/N, /drip/N (bytes), /echo (the request as JSON).
bool follow_path(const MessageParser& request, Behaviour& behaviour);

// The answer on the wire for answer, chunked and the beginning of drip and half; `head_only` for
// HEAD.
std::string render(const Behaviour& behaviour, const std::string& name, bool head_only,
                   bool closing);

}  // namespace teal::harness
