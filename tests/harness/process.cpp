#include "tests/harness/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "tests/harness/wait.hpp"

extern char** environ;

namespace teal::harness {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

UniqueFd memory_file(const char* name, std::string_view content = {}) {
    UniqueFd fd(::memfd_create(name, MFD_CLOEXEC));
    if (!fd) {
        fail("memfd_create");
    }
    while (!content.empty()) {
        const ssize_t written = ::write(fd.get(), content.data(), content.size());
        if (written < 0) {
            fail("cannot keep the standard input");
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    ::lseek(fd.get(), 0, SEEK_SET);
    return fd;
}

std::string content_of(const UniqueFd& fd) {
    std::string text;
    char chunk[16384];
    ssize_t got = 0;
    while ((got = ::pread(fd.get(), chunk, sizeof chunk, static_cast<off_t>(text.size()))) > 0) {
        text.append(chunk, static_cast<std::size_t>(got));
    }
    return text;
}

std::vector<std::string> environment(const ProcessOptions& options) {
    std::map<std::string, std::string> all;
    for (char** entry = environ; options.inherit_env && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) {
            all[std::string(text.substr(0, equals))] = text.substr(equals + 1);
        }
    }
    for (const auto& [name, value] : options.env) {
        all[name] = value;
    }
    std::vector<std::string> lines;
    for (const auto& [name, value] : all) {
        lines.push_back(name + "=" + value);
    }
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (auto& text : strings) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

}  // namespace

Process::Process(const ProcessOptions& options)
    : started_(std::chrono::steady_clock::now()),
      out_(memory_file("out")),
      err_(memory_file("err")) {
    if (options.argv.empty()) {
        throw std::invalid_argument("a process needs an argv");
    }
    // Everything that allocates happens before fork: other threads may hold the allocator's lock.
    auto argument_text = options.argv;
    auto environment_text = environment(options);
    auto argv = pointers(argument_text);
    auto envp = pointers(environment_text);
    const UniqueFd input = memory_file("in", options.input);
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) {
        fail("pipe2");
    }
    UniqueFd report_read(report[0]);
    UniqueFd report_write(report[1]);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) {
        fail("fork");
    }
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        const bool prepared =
            ::getppid() == parent && ::dup2(input.get(), 0) == 0 && ::dup2(out_.get(), 1) == 1 &&
            ::dup2(err_.get(), 2) == 2 &&
            (options.directory.empty() || ::chdir(options.directory.c_str()) == 0);
        if (prepared) {
            ::execvpe(argv[0], argv.data(), envp.data());
        }
        const int error = errno;
        [[maybe_unused]] const ssize_t sent = ::write(report_write.get(), &error, sizeof error);
        ::_exit(127);
    }
    report_write.reset();
    int error = 0;
    ssize_t got = 0;
    while ((got = ::read(report_read.get(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    watch_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (got == static_cast<ssize_t>(sizeof error)) {
        reap(0);
        throw std::system_error(error, std::generic_category(), "cannot run " + options.argv[0]);
    }
}

Process::~Process() {
    if (running()) {
        ::kill(pid_, SIGKILL);
        reap(0);
    }
}

bool Process::reap(int options) {
    pid_t result = 0;
    while ((result = ::waitpid(pid_, &status_, options)) < 0 && errno == EINTR) {
    }
    if (result != 0) {
        ended_ = true;
        wall_ = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - started_);
    }
    return ended_;
}

bool Process::running() {
    return !ended_ && !reap(WNOHANG);
}

bool Process::signal(int number) {
    return running() && ::kill(pid_, number) == 0;
}

bool Process::wait(std::chrono::milliseconds deadline) {
    if (watch_ && !ended_) {
        const auto end = std::chrono::steady_clock::now() + deadline;
        auto left = deadline;
        pollfd watched{watch_.get(), POLLIN, 0};
        while (::poll(&watched, 1, static_cast<int>(left.count())) < 0 && errno == EINTR) {
            left = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::max(end - std::chrono::steady_clock::now(), std::chrono::nanoseconds(0)));
        }
        return !running();
    }
    return becomes_true([this] { return !running(); }, deadline);
}

int Process::exit_code() const {
    if (!ended_) {
        throw std::logic_error("exit_code() of a running process");
    }
    return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
}

std::string Process::out() const {
    return content_of(out_);
}
std::string Process::err() const {
    return content_of(err_);
}

RunResult run(const ProcessOptions& options, std::chrono::milliseconds timeout) {
    Process process(options);
    RunResult result;
    result.timed_out = !process.wait(timeout);
    if (result.timed_out) {
        process.signal(SIGKILL);
        process.wait(std::chrono::seconds(10));
    }
    result.exit_code = process.exit_code();
    result.out = process.out();
    result.err = process.err();
    result.wall = process.wall();
    return result;
}

RunResult run(std::vector<std::string> argv, std::chrono::milliseconds timeout) {
    ProcessOptions options;
    options.argv = std::move(argv);
    return run(options, timeout);
}

}  // namespace teal::harness
