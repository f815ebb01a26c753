#include "cli/process/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>

namespace teal::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPatienceAfterTerm = std::chrono::seconds(5);
constexpr int kNoSuchProgram = 127;

class Descriptor {
public:
    explicit Descriptor(int value = -1) : value_(value) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return value_; }
    bool is_open() const { return value_ >= 0; }
    void reset(int value) {
        close();
        value_ = value;
    }
    void close() {
        if (value_ >= 0) {
            ::close(value_);
            value_ = -1;
        }
    }

private:
    int value_;
};

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
    bool open() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            return false;
        }
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
        return true;
    }
};

// A stream of the child's: what came, and how much of it has been handed out in lines.
struct Stream {
    Descriptor& descriptor;
    std::string& text;
    std::size_t told = 0;

    void tell_lines(const std::function<void(std::string_view)>& on_line, bool all) {
        if (!on_line) {
            return;
        }
        while (told < text.size()) {
            const std::size_t end = text.find('\n', told);
            if (end == std::string::npos && !all) {
                return;
            }
            const std::size_t stop = std::min(end, text.size());
            on_line(std::string_view(text).substr(told, stop - told));
            told = stop + 1;
        }
    }

    // False at the end.
    bool read_some() {
        char buffer[16384];
        const ssize_t count = ::read(descriptor.get(), buffer, sizeof(buffer));
        if (count > 0) {
            text.append(buffer, static_cast<std::size_t>(count));
            return true;
        }
        return count < 0 && (errno == EINTR || errno == EAGAIN);
    }
};

std::vector<std::string> environment_of(const Command& command) {
    std::map<std::string, std::string> values;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
        }
    }
    for (const auto& [name, value] : command.environment) {
        values[name] = value;
    }
    std::vector<std::string> lines;
    lines.reserve(values.size());
    for (const auto& [name, value] : values) {
        lines.push_back(name + "=" + value);
    }
    return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const char* directory, char* const* argv, char* const* environment, int in,
                         int out, int err, int problem, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(kNoSuchProgram);
    }
    // Its own process group: Ctrl-C at our terminal is ours to answer, it then gets SIGTERM.
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (directory == nullptr || chdir(directory) == 0) {
        execvpe(argv[0], argv, environment);
    }
    const int error = errno;
    (void)!write(problem, &error, sizeof(error));
    _exit(kNoSuchProgram);
}

int status_to_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

class Running {
public:
    Running(const Command& command, CommandResult& result) : command_(command), result_(result) {}

    void run() {
        if (!start()) {
            return;
        }
        const auto give_up = steady_clock::now() + command_.deadline;
        talk(give_up);
        reap(give_up);
    }

private:
    bool fail(const std::string& what, int error) {
        result_.exit_code = kNoSuchProgram;
        result_.err = what + ": " + std::strerror(error);
        return false;
    }

    bool start() {
        Pipe problem;
        Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
        if (!out_.open() || !err_.open() || !problem.open() ||
            (!command_.input.empty() && !in_.open())) {
            return fail("pipe", errno);
        }
        std::vector<std::string> argv = command_.argv;
        std::vector<std::string> environment = environment_of(command_);
        const std::vector<char*> argv_pointers = pointers_to(argv);
        const std::vector<char*> environment_pointers = pointers_to(environment);
        const std::string directory = command_.directory.string();
        const pid_t parent = getpid();
        child_ = fork();
        if (child_ < 0) {
            return fail("fork", errno);
        }
        if (child_ == 0) {
            become(directory.empty() ? nullptr : directory.c_str(), argv_pointers.data(),
                   environment_pointers.data(),
                   in_.read_end.is_open() ? in_.read_end.get() : null.get(), out_.write_end.get(),
                   err_.write_end.get(), problem.write_end.get(), parent);
        }
        setpgid(child_, child_);
        out_.write_end.close();
        err_.write_end.close();
        in_.read_end.close();
        problem.write_end.close();
        int error = 0;
        ssize_t count = 0;
        do {
            count = ::read(problem.read_end.get(), &error, sizeof(error));
        } while (count < 0 && errno == EINTR);
        if (count == static_cast<ssize_t>(sizeof(error))) {
            waitpid(child_, nullptr, 0);
            return fail(command_.argv.front(), error);
        }
        if (in_.write_end.is_open()) {
            fcntl(in_.write_end.get(), F_SETFL, O_NONBLOCK);
        }
        return true;
    }

    void end_politely() {
        if (!result_.timed_out) {
            result_.timed_out = true;
            kill(-child_, SIGTERM);
            kill_at_ = steady_clock::now() + kPatienceAfterTerm;
        } else if (steady_clock::now() >= kill_at_) {
            kill(-child_, SIGKILL);
        }
    }

    int wait_ms(steady_clock::time_point give_up) {
        const auto until = result_.timed_out ? kill_at_ : give_up;
        const auto left =
            std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count();
        return static_cast<int>(std::clamp<long>(left + 1, 1, 1000));
    }

    // Until both streams have ended. A grandchild that keeps them open is cut off by the deadline.
    void talk(steady_clock::time_point give_up) {
        Stream streams[] = {{out_.read_end, result_.out}, {err_.read_end, result_.err}};
        std::size_t sent = 0;
        while (out_.read_end.is_open() || err_.read_end.is_open()) {
            if (steady_clock::now() >= give_up) {
                end_politely();
                if (steady_clock::now() >= kill_at_) {
                    break;
                }
            }
            pollfd waits[3] = {{out_.read_end.get(), POLLIN, 0},
                               {err_.read_end.get(), POLLIN, 0},
                               {in_.write_end.get(), POLLOUT, 0}};
            if (poll(waits, 3, wait_ms(give_up)) <= 0) {
                continue;
            }
            for (std::size_t i = 0; i < 2; ++i) {
                if (waits[i].revents != 0) {
                    if (!streams[i].read_some()) {
                        streams[i].descriptor.close();
                    }
                    streams[i].tell_lines(command_.on_line, !streams[i].descriptor.is_open());
                }
            }
            if (waits[2].revents != 0) {
                feed(sent);
            }
        }
        in_.write_end.close();
    }

    void feed(std::size_t& sent) {
        // A program that does not read its input to the end is no error of ours.
        struct sigaction ignore {};
        struct sigaction before {};
        ignore.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &ignore, &before);
        const ssize_t count =
            write(in_.write_end.get(), command_.input.data() + sent, command_.input.size() - sent);
        sigaction(SIGPIPE, &before, nullptr);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
        }
        if (sent == command_.input.size() || (count < 0 && errno != EAGAIN && errno != EINTR)) {
            in_.write_end.close();
        }
    }

    void reap(steady_clock::time_point give_up) {
        int status = 0;
        milliseconds pause(1);
        while (true) {
            const pid_t ended = waitpid(child_, &status, WNOHANG);
            if (ended == child_) {
                result_.exit_code = status_to_code(status);
                return;
            }
            if (ended < 0 && errno != EINTR) {
                return;
            }
            if (steady_clock::now() >= give_up) {
                end_politely();
            }
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
