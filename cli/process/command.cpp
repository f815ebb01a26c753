#include "cli/process/command.hpp"

#include "cli/process/child.hpp"
#include "cli/process/child_stream.hpp"
#include "cli/process/process_identity.hpp"

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

constexpr auto kPatienceAfterTerm = std::chrono::seconds(5);
constexpr auto kPatienceAfterKill = std::chrono::seconds(1);
constexpr int kTick_ms = 200;
constexpr int kEndLook_ms = 10;
constexpr int kWide = 1 << 20;  // bytes of a pipe that a lot goes through

class Running {
public:
    Running(const Command& command, CommandResult& result) : command_(command), result_(result) {}
    // A sink that threw: nobody wants the rest.
    ~Running() {
        if (child_ > 0) {
            kill(-child_, SIGKILL);
            waitpid(child_, nullptr, 0);
        }
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    void run() {
        if (!start()) {
            return;
        }
        const auto give_up = steady_clock::now() + command_.deadline;
        talk(give_up);
        reap(give_up);
        if (is_ending_) {
            end_group();
        }
    }

private:
    bool has_input() const { return !command_.input.empty() || command_.hold_input; }

    bool fail(const std::string& what) {
        result_.exit_code = kNoSuchProgram;
        result_.err = what;
        return false;
    }

    bool start() {
        Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
        if (!out_.open() || !err_.open() || (has_input() && !in_.open())) {
            return fail(std::string("pipe: ") + std::strerror(errno));
        }
        if (command_.on_output) {
            fcntl(out_.write_end.get(), F_SETPIPE_SZ, kWide);  // only for speed
        }
        const int in = command_.input_file >= 0 ? command_.input_file
                       : in_.read_end.is_open() ? in_.read_end.get()
                                                : null.get();
        std::string problem;
        child_ = start_child(
            command_, in, command_.output_file >= 0 ? command_.output_file : out_.write_end.get(),
            command_.error_file >= 0 ? command_.error_file : err_.write_end.get(), problem);
        if (child_ < 0) {
            return fail(problem);
        }
        group_ = child_;
        out_.write_end.close();
        err_.write_end.close();
        in_.read_end.close();
        if (in_.write_end.is_open()) {
            fcntl(in_.write_end.get(), F_SETFL, O_NONBLOCK);
        }
        return true;
    }

    // True when it is to end: it has been told so then, at first politely.
    bool end_when_due(steady_clock::time_point give_up) {
        const auto now = steady_clock::now();
        const int asked = command_.unwanted ? command_.unwanted() : 0;
        if (!is_ending_ && (now >= give_up || asked > 0)) {
            is_ending_ = true;
            result_.timed_out = now >= give_up;
            result_.was_unwanted = !result_.timed_out;
            kill(-group_, SIGTERM);
            kill_at_ = now + kPatienceAfterTerm;
        }
        if (asked > 1) {
            kill_at_ = std::min(kill_at_, now);
        }
        if (now >= kill_at_) {
            kill(-group_, SIGKILL);
        }
        return is_ending_;
    }

    // The program has ended, what it started may have not.
    void end_group() {
        while (is_group_alive(group_) && steady_clock::now() < kill_at_ + kPatienceAfterKill) {
            end_when_due(kill_at_);
            tick();
            poll(nullptr, 0, kEndLook_ms);
        }
    }

    int wait_ms(steady_clock::time_point give_up) {
        const auto until = is_ending_ ? kill_at_ : give_up;
        const auto left =
            std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
        const bool ticks = command_.on_tick || command_.unwanted;
        return static_cast<int>(std::clamp<long>(left + 1, 1, ticks ? kTick_ms : 1000));
    }

    // Until both streams have ended. A grandchild that keeps them open is cut off by the deadline.
    void talk(steady_clock::time_point give_up) {
        ChildStream streams[] = {{out_.read_end, result_.out}, {err_.read_end, result_.err}};
        std::size_t sent = 0;
        while (out_.read_end.is_open() || err_.read_end.is_open() || is_unsent(sent)) {
            if (end_when_due(give_up) && steady_clock::now() >= kill_at_) {
                break;
            }
            pollfd waits[3] = {{out_.read_end.get(), POLLIN, 0},
                               {err_.read_end.get(), POLLIN, 0},
                               {is_unsent(sent) ? in_.write_end.get() : -1, POLLOUT, 0}};
            const int ready = poll(waits, 3, wait_ms(give_up));
            tick();
            if (ready <= 0) {
                continue;
            }
            for (std::size_t i = 0; i < 2; ++i) {
                if (waits[i].revents != 0) {
                    if (!streams[i].read_some(i == 0 ? command_.on_output : nullptr)) {
                        streams[i].descriptor.close();
                    }
                    streams[i].tell_lines(command_.on_line, !streams[i].descriptor.is_open());
                }
            }
            if (waits[2].revents != 0) {
                feed(sent);
            }
        }
        if (!command_.hold_input) {
            in_.write_end.close();
        }
    }

    bool is_unsent(std::size_t sent) const {
        return in_.write_end.is_open() && sent < command_.input.size();
    }

    void tick() {
        if (command_.on_tick) {
            command_.on_tick();
        }
    }

    void feed(std::size_t& sent) {
        // A program that does not read its input to the end is no error of ours.
        const ssize_t count = write_quietly(in_.write_end.get(), command_.input.data() + sent,
                                            command_.input.size() - sent);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
        }
        if ((sent == command_.input.size() && !command_.hold_input) ||
            (count < 0 && errno != EAGAIN && errno != EINTR)) {
            in_.write_end.close();
        }
    }

    void reap(steady_clock::time_point give_up) {
        int status = 0;
        milliseconds pause(1);
        while (true) {
            const pid_t ended = waitpid(child_, &status, WNOHANG);
            if (ended == child_) {
                result_.exit_code = exit_code_of(status);
                child_ = -1;
                return;
            }
            if (ended < 0 && errno != EINTR) {
                child_ = -1;
                return;
            }
            end_when_due(give_up);
            tick();
            poll(nullptr, 0, static_cast<int>(pause.count()));
            pause = std::min(pause * 2, milliseconds(20));
        }
    }

    const Command& command_;
    CommandResult& result_;
    Pipe in_;
    Pipe out_;
    Pipe err_;
    pid_t child_ = -1;
    pid_t group_ = -1;  // its process group, also when it has ended
    bool is_ending_ = false;
    steady_clock::time_point kill_at_ = steady_clock::time_point::max();
};

}  // namespace

std::string CommandResult::said() const {
    std::string text = err.find_first_not_of(" \t\r\n") == std::string::npos ? out : err;
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    return text;
}

CommandResult run_command(const Command& command) {
    CommandResult result;
    Running(command, result).run();
    return result;
}

std::string shown(const std::vector<std::string>& argv) {
    constexpr char kPlain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
    std::string text;
    for (const std::string& word : argv) {
        text += text.empty() ? "" : " ";
        if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
            text += word;
            continue;
        }
        text += '\'';
        for (const char c : word) {
            text += c == '\'' ? std::string("'\\''") : std::string(1, c);
        }
        text += '\'';
    }
    return text;
}

}  // namespace teal::cli
