// One question to one target, as a transfer of libcurl's.
//
// The address says where to connect, the spec's host what to call it there (Host header and TLS
// server name); no name is ever looked up for it. Redirects are not followed: an entry that only
// points elsewhere has still answered. The body is thrown away, and after kMostBodyBytes no longer
// waited for, so that an endless answer is an answer too.
#pragma once

#include "cli/health/probe.hpp"

#include <curl/curl.h>
#include <memory>
#include <string>

namespace teal::probe {

class Transfer {
public:
    // Throws std::runtime_error when libcurl has no memory.
    explicit Transfer(const cli::ProbeTarget& target);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* handle() const { return easy_.get(); }
    // REQUIRES: the transfer has ended with this.
    cli::ProbeAnswer answer(CURLcode ended) const;

private:
    static constexpr std::size_t kMostBodyBytes = 1 << 20;
    struct ListFree {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };
    using List = std::unique_ptr<curl_slist, ListFree>;

    static std::size_t swallow(char* bytes, std::size_t size, std::size_t count, void* transfer);
    template <typename Value>
    void set(CURLoption option, Value value);
    void add(List& list, const std::string& line);
    void say_where_and_what();
    double milliseconds(CURLINFO which) const;
    std::string problem(CURLcode ended, std::uint32_t status) const;
    std::string timeout_problem() const;
    std::string why(const char* otherwise) const;

    cli::ProbeTarget target_;
    std::unique_ptr<CURL, void (*)(CURL*)> easy_;
    List headers_;
    List connect_to_;
    std::size_t body_bytes_ = 0;
    char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace teal::probe
