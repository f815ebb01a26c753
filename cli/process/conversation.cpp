#include "cli/process/conversation.hpp"

#include "cli/error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kEndPatience(5000);
constexpr int kNap_ms = 5;

}  // namespace

Conversation::Conversation(const Command& command) {
    std::string problem;
    if (!in_.open() || !out_.open() || !err_.open()) {
        throw failure(std::string("pipe: ") + std::strerror(errno), "try again");
    }
    child_ = start_child(command, in_.read_end.get(), out_.write_end.get(), err_.write_end.get(),
                         problem);
    if (child_ < 0) {
        throw failure(problem, "see whether it is installed");
    }
    in_.read_end.close();
    out_.write_end.close();
    err_.write_end.close();
    fcntl(err_.read_end.get(), F_SETFL, O_NONBLOCK);
}

Conversation::~Conversation() {
    finish(kEndPatience);
}

void Conversation::say(const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t count =
            write_quietly(in_.write_end.get(), text.data() + sent, text.size() - sent);
        if (count < 0 && errno != EINTR) {
            throw failure(said(), "these are its own words");
        }
        sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
}

std::optional<std::string> Conversation::hear(milliseconds patience) {
    const auto until = steady_clock::now() + patience;
    while (true) {
        if (const std::size_t end = heard_.find('\n'); end != std::string::npos) {
            std::string line = heard_.substr(0, end);
            heard_.erase(0, end + 1);
            return line;
        }
        const auto left =
            std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
        pollfd wait{out_.read_end.get(), POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, static_cast<int>(std::min<long>(left, 1000))) < 0) {
            return std::nullopt;
        }
        read_errors();
        if (wait.revents == 0) {
            continue;
        }
        char buffer[4096];
        const ssize_t count = read(out_.read_end.get(), buffer, sizeof(buffer));
        if (count <= 0 && errno != EINTR) {
            return std::nullopt;
        }
        heard_.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
}

bool Conversation::has_ended() {
    int status = 0;
    if (!exit_code_ && waitpid(child_, &status, WNOHANG) == child_) {
        exit_code_ = exit_code_of(status);
    }
    read_errors();
    return exit_code_.has_value();
}

int Conversation::finish(milliseconds patience) {
    in_.write_end.close();
    const auto until = steady_clock::now() + patience;
    while (!has_ended() && steady_clock::now() < until) {
        poll(nullptr, 0, kNap_ms);
    }
    if (!exit_code_) {
        kill(-child_, SIGKILL);
        int status = 0;
        waitpid(child_, &status, 0);
        exit_code_ = exit_code_of(status);
    }
    return *exit_code_;
}

void Conversation::read_errors() {
    char buffer[4096];
    for (ssize_t count = 0; (count = read(err_.read_end.get(), buffer, sizeof(buffer))) > 0;) {
        errors_.append(buffer, static_cast<std::size_t>(count));
    }
}

std::string Conversation::said() {
    read_errors();
    std::string text = errors_;
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    return text;
}

}  // namespace teal::cli
