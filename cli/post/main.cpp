// teal-post: sends one HTTP POST. Reads the request as JSON on standard input, writes what came
// back as JSON (cli/notify/post_wire.hpp); called by `teal`, not by people.
//
// A program of its own, as teal-probe is, so that `teal` does not load libcurl; and not teal-probe
// itself, which asks instances on this network: there certificates are not checked and no proxy is
// used, here both are. Redirects are not followed: what is sent is signed, or its URL is a secret,
// and neither is for whoever is pointed to. Nothing is ever written about the URL.
#include "cli/notify/post_wire.hpp"
#include "teal_version.hpp"

#include <curl/curl.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace {

using teal::cli::PostAnswer;
using teal::cli::PostRequest;

constexpr std::size_t kMostOfAnswer = 500;

struct ListFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListFree>;

// A line end in a header would be a request of somebody else's making.
void add(List& list, const std::string& line) {
    if (line.find_first_of(std::string("\r\n\0", 3)) != std::string::npos) {
        throw std::runtime_error("a line end in a header");
    }
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) {
        throw std::runtime_error("libcurl: out of memory");
    }
    (void)list.release();
    list.reset(longer);
}

std::size_t keep_beginning(char* bytes, std::size_t size, std::size_t count, void* answer) {
    std::string& body = static_cast<PostAnswer*>(answer)->body;
    body.append(bytes, std::min(size * count, kMostOfAnswer - body.size()));
    return size * count;
}

class Post {
public:
    explicit Post(const PostRequest& request)
        : request_(request), easy_(curl_easy_init(), curl_easy_cleanup) {
        if (!easy_) {
            throw std::runtime_error("libcurl: out of memory");
        }
    }

    PostAnswer run() {
        set(CURLOPT_ERRORBUFFER, error_);
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_URL, request_.url.c_str());
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_USERAGENT, (std::string("teal/") + teal::kVersion).c_str());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(CURLOPT_POSTFIELDS, request_.body.c_str());
        set(CURLOPT_WRITEFUNCTION, &keep_beginning);
        set(CURLOPT_WRITEDATA, &answer_);
        const long timeout_ms = std::max(1L, std::lround(request_.timeout_s * 1000.0));
        set(CURLOPT_TIMEOUT_MS, timeout_ms);
        set(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
        add(headers_, "Content-Type: application/json");
        add(headers_, "Expect:");  // no second round trip
        for (const auto& [name, value] : request_.headers) {
            add(headers_, value.empty() ? name + ";" : name + ": " + value);
        }
        set(CURLOPT_HTTPHEADER, headers_.get());
        take(curl_easy_perform(easy_.get()));
        return answer_;
    }

private:
    template <typename Value>
    void set(CURLoption option, Value value) {
        const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
        if (code != CURLE_OK) {
            throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
        }
    }

    void take(CURLcode ended) {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        answer_.status = static_cast<std::uint32_t>(std::max(status, 0L));
        curl_off_t retry_after = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &retry_after);
        answer_.retry_after_s = static_cast<double>(std::max<curl_off_t>(retry_after, 0));
        if (ended == CURLE_OK) {
            return;
        }
        answer_.status = 0;
        long error = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
        answer_.problem = ended == CURLE_COULDNT_CONNECT && error != 0
                              ? std::strerror(static_cast<int>(error))
                          : *error_ != '\0' ? error_
                                            : curl_easy_strerror(ended);
    }

    const PostRequest& request_;
    std::unique_ptr<CURL, void (*)(CURL*)> easy_;
    List headers_;
    PostAnswer answer_;
    char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace

int main(int argc, char**) {
    if (argc > 1) {
        std::fputs("teal-post is called by teal; it takes no arguments\n", stderr);
        return 2;
    }
    try {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
            throw std::runtime_error("libcurl cannot be initialised");
        }
        const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
        const PostRequest request = teal::cli::post_request_from(input);
        std::cout << to_text(Post(request).run()) << '\n' << std::flush;
        return std::cout ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "teal-post: %s\n", error.what());
        return 1;
    }
}
