// A tiny origin that speaks FastCGI, SCGI or uwsgi: it answers every request with its name and the
// request's URI, and closes. One thread, one connection at a time.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "tests/harness/endpoint.hpp"
#include "tests/harness/unique_fd.hpp"

namespace teal::integration {

enum class Gateway { fastcgi, scgi, uwsgi };

class CgiResponder {
public:
    CgiResponder(Gateway gateway, std::string name, std::uint16_t port)
        : gateway_(gateway),
          name_(std::move(name)),
          endpoint_(harness::Endpoint::loopback(port)),
          listener_(endpoint_.listen()),
          thread_([this] { serve(); }) {}
    ~CgiResponder() {
        stopping_ = true;
        thread_.join();
    }
    CgiResponder(const CgiResponder&) = delete;
    CgiResponder& operator=(const CgiResponder&) = delete;

    const std::string& address() const { return endpoint_.text(); }
    int requests() const { return requests_; }
    // CGI's status of all answers from now on.
    void answer_with(int status) { status_ = status; }

private:
    static bool readable(int fd) {
        pollfd wanted{fd, POLLIN, 0};
        return ::poll(&wanted, 1, 20) == 1;
    }

    void serve() {
        while (!stopping_) {
            if (!readable(listener_.get())) {
                continue;
            }
            const harness::UniqueFd connection(
                ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            std::string request;
            while (connection && !stopping_ && !is_complete(request)) {
                std::array<char, 65536> chunk;
                if (!readable(connection.get())) {
                    continue;
                }
                const ssize_t got = ::recv(connection.get(), chunk.data(), chunk.size(), 0);
                if (got <= 0) {
                    break;
                }
                request.append(chunk.data(), static_cast<std::size_t>(got));
            }
            if (is_complete(request)) {
                ++requests_;
                const std::string out = answer();
                (void)!::send(connection.get(), out.data(), out.size(), MSG_NOSIGNAL);
                ::shutdown(connection.get(), SHUT_WR);
            }
        }
    }

    static std::size_t byte(std::string_view text, std::size_t at) {
        return static_cast<unsigned char>(text[at]);
    }

    // Whether all of the request has come; bodies are small or none.
    bool is_complete(std::string_view in) const {
        switch (gateway_) {
            case Gateway::fastcgi:  // until the empty FCGI_STDIN record
                for (std::size_t at = 0; at + 8 <= in.size();) {
                    const std::size_t length = byte(in, at + 4) * 256 + byte(in, at + 5);
                    if (byte(in, at + 1) == 5 && length == 0) {
                        return true;
                    }
                    at += 8 + length + byte(in, at + 6);
                }
                return false;
            case Gateway::scgi: {  // a netstring of headers
                const auto colon = in.find(':');
                return colon != std::string_view::npos &&
                       in.size() > colon + 1 + std::strtoul(std::string(in).c_str(), nullptr, 10);
            }
            case Gateway::uwsgi:
                return in.size() >= 4 && in.size() >= 4 + byte(in, 1) + byte(in, 2) * 256;
        }
        return false;
    }

    std::string answer() const {
        const std::string head = "Status: " + std::to_string(status_) +
                                 " As told\r\nX-Served-By: " + name_ +
                                 "\r\nContent-Type: text/plain\r\n\r\n";
        const std::string body = name_ + "\n";
        if (gateway_ == Gateway::uwsgi) {
            return "HTTP/1.0 " + std::to_string(status_) + " As told\r\n" + head + body;
        }
        if (gateway_ == Gateway::scgi) {
            return head + body;
        }
        const std::string text = head + body;
        const auto record = [](char type, const std::string& content) {
            std::string out{1, type, 0, 1};
            out += {static_cast<char>(content.size() / 256),
                    static_cast<char>(content.size() % 256), 0, 0};
            return out + content;
        };
        return record(6, text) + record(6, "") + record(3, std::string(8, '\0'));
    }

    Gateway gateway_;
    std::string name_;
    harness::Endpoint endpoint_;
    harness::UniqueFd listener_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> requests_{0};
    std::atomic<int> status_{200};
    std::thread thread_;
};

}  // namespace teal::integration
