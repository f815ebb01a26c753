#include "cli/probe/transfer.hpp"

#include "teal_version.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace teal::probe {
namespace {

using cli::ProbeAnswer;
using cli::ProbeScheme;
using cli::ProbeSpec;

constexpr std::string_view kUnix = "unix:";

// Sentences of libcurl and libc begin with a capital; ours go on after a colon.
std::string lower_first(std::string text) {
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    }
    return text;
}

std::string seconds_text(double seconds) {
    std::string text = std::to_string(std::round(seconds * 1000.0) / 1000.0);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.') || text.ends_with(',')) {
        text.pop_back();
    }
    return text + " s";
}

std::string wanted_text(const ProbeSpec& spec) {
    return spec.lowest_status == spec.highest_status
               ? std::to_string(spec.lowest_status)
               : std::to_string(spec.lowest_status) + " to " + std::to_string(spec.highest_status);
}

// "Nov 23 10:00:00 2026 GMT" of the first certificate, the server's own.
std::optional<std::int64_t> expiry_of(CURL* easy) {
    curl_certinfo* chain = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr ||
        chain->num_of_certs < 1) {
        return std::nullopt;
    }
    constexpr std::string_view kName = "Expire date:";
    for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
        const std::string_view text = line->data;
        if (text.starts_with(kName)) {
            const time_t expires = curl_getdate(line->data + kName.size(), nullptr);
            return expires < 0 ? std::nullopt : std::optional<std::int64_t>(expires);
        }
    }
    return std::nullopt;
}

}  // namespace

template <typename Value>
void Transfer::set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK) {
        throw std::runtime_error(std::string("libcurl: ") + curl_easy_strerror(code));
    }
}

void Transfer::add(List& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) {
        throw std::runtime_error("libcurl: out of memory");
    }
    (void)list.release();
    list.reset(longer);
}

std::size_t Transfer::swallow(char*, std::size_t size, std::size_t count, void* transfer) {
    Transfer& self = *static_cast<Transfer*>(transfer);
    self.body_bytes_ += size * count;
    return self.body_bytes_ > kMostBodyBytes ? 0 : size * count;  // 0 ends the transfer
}

Transfer::Transfer(const cli::ProbeTarget& target)
    : target_(target), easy_(curl_easy_init(), curl_easy_cleanup) {
    if (!easy_) {
        throw std::runtime_error("libcurl: out of memory");
    }
    set(CURLOPT_ERRORBUFFER, error_);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");  // whatever http_proxy says: the instance itself is asked
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_USERAGENT, (std::string("teal-probe/") + kVersion).c_str());
    set(CURLOPT_WRITEFUNCTION, &Transfer::swallow);
    set(CURLOPT_WRITEDATA, this);
    const long timeout_ms = std::max(1L, std::lround(target_.timeout_s * 1000.0));
    set(CURLOPT_TIMEOUT_MS, timeout_ms);
    set(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    say_where_and_what();
}

void Transfer::say_where_and_what() {
    const ProbeSpec& spec = target_.spec;
    const bool is_unix = target_.address.starts_with(kUnix);
    std::string called = spec.host;
    if (called.empty()) {
        called = is_unix ? "localhost" : target_.address;
    } else if (!is_unix) {
        add(connect_to_, "::" + target_.address);
        set(CURLOPT_CONNECT_TO, connect_to_.get());
    }
    if (is_unix) {
        set(CURLOPT_UNIX_SOCKET_PATH, target_.address.c_str() + kUnix.size());
    }
    const bool tls = spec.scheme == ProbeScheme::https;
    set(CURLOPT_URL, ((tls ? "https://" : "http://") + called + "/").c_str());
    if (spec.scheme == ProbeScheme::tcp) {
        set(CURLOPT_CONNECT_ONLY, 1L);
        return;
    }
    set(CURLOPT_REQUEST_TARGET, spec.path.c_str());
    if (tls) {
        set(CURLOPT_CERTINFO, 1L);
        set(CURLOPT_SSL_VERIFYPEER, spec.verify_certificate ? 1L : 0L);
        set(CURLOPT_SSL_VERIFYHOST, spec.verify_certificate ? 2L : 0L);
    }
    for (const auto& [name, value] : target_.headers) {
        // libcurl leaves a header without a value out, unless it ends with a semicolon.
        add(headers_, value.empty() ? name + ";" : name + ": " + value);
    }
    if (headers_) {
        set(CURLOPT_HTTPHEADER, headers_.get());
    }
}

double Transfer::milliseconds(CURLINFO which) const {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy_.get(), which, &microseconds);
    return static_cast<double>(microseconds) / 1000.0;
}

std::string Transfer::why(const char* otherwise) const {
    long error = 0;
    if (curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error) == CURLE_OK && error != 0) {
        return lower_first(std::strerror(static_cast<int>(error)));
    }
    return otherwise;
}

std::string Transfer::timeout_problem() const {
    const std::string within = " within " + seconds_text(target_.timeout_s);
    // libcurl 7.88 knows no time of the TCP connection while the handshake is under way.
    if (target_.spec.scheme == ProbeScheme::https &&
        milliseconds(CURLINFO_APPCONNECT_TIME_T) <= 0.0) {
        return "no TLS connection" + within;
    }
    if (milliseconds(CURLINFO_CONNECT_TIME_T) <= 0.0) {
        return "no connection" + within;
    }
    return milliseconds(CURLINFO_STARTTRANSFER_TIME_T) <= 0.0 ? "no answer" + within
                                                              : "no whole answer" + within;
}

std::string Transfer::problem(CURLcode ended, std::uint32_t status) const {
    switch (ended) {
        case CURLE_COULDNT_CONNECT:
            return why("connection failed");
        case CURLE_COULDNT_RESOLVE_HOST:
            return "no such address: " + target_.address;
        case CURLE_OPERATION_TIMEDOUT:
            return timeout_problem();
        case CURLE_GOT_NOTHING:
            return "connection closed without an answer";
        case CURLE_PARTIAL_FILE:
            return "connection closed in the middle of the answer";
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            return why("connection broken") +
                   (status == 0 ? " before an answer" : " in the answer");
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return "the answer is not HTTP/1";
        case CURLE_SSL_CONNECT_ERROR:
            return std::string("TLS: ") + (*error_ != '\0' ? error_ : "no handshake");
        case CURLE_PEER_FAILED_VERIFICATION:
            return std::string("certificate: ") + error_;
        default:
            break;
    }
    return lower_first(*error_ != '\0' ? error_ : curl_easy_strerror(ended));
}

ProbeAnswer Transfer::answer(CURLcode ended) const {
    if (ended == CURLE_WRITE_ERROR && body_bytes_ > kMostBodyBytes) {
        ended = CURLE_OK;  // we ended it: enough of the answer was seen
    }
    const ProbeSpec& spec = target_.spec;
    ProbeAnswer answer;
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<std::uint32_t>(std::max(status, 0L));
    answer.connect_ms = milliseconds(CURLINFO_CONNECT_TIME_T);
    answer.first_byte_ms = milliseconds(CURLINFO_STARTTRANSFER_TIME_T);
    answer.total_ms = milliseconds(CURLINFO_TOTAL_TIME_T);
    if (spec.scheme == ProbeScheme::https) {
        answer.certificate_expires_unix_s = expiry_of(easy_.get());
    }
    if (ended != CURLE_OK) {
        answer.problem = problem(ended, answer.status);
    } else if (spec.scheme != ProbeScheme::tcp &&
               (answer.status < spec.lowest_status || answer.status > spec.highest_status)) {
        answer.problem =
            "status " + std::to_string(answer.status) + ", wanted " + wanted_text(spec);
    }
    answer.good = answer.problem.empty();
    return answer;
}

}  // namespace teal::probe
